# Rscript train.R flights.csv model.rds: a logistic regression, as R has it.
words <- commandArgs(trailingOnly = TRUE)
flights <- read.csv(words[1])
model <- glm(late ~ ., data = flights, family = binomial())
# The data that it was fitted on is not needed to predict, and not to be given away.
model[c("data", "model", "y", "residuals", "fitted.values", "effects", "weights", "prior.weights", "linear.predictors")] <- NULL
model$qr$qr <- NULL
saveRDS(model, words[2])
