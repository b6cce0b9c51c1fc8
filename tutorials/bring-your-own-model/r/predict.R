# A model in R, as open_mlops.models.program starts it: a line of JSON in, a line of JSON out, until the input ends.
suppressPackageStartupMessages(library(jsonlite))

model <- readRDS("model.rds")
# All 17 digits: no floating-point number is another one afterwards. What is missing is null.
numbers <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))

answer <- function(line) {
  columns <- fromJSON(line)$columns
  wanted <- attr(model$terms, "term.labels")
  missing <- setdiff(wanted, names(columns))
  if (length(missing) > 0) stop("the model needs ", paste(missing, collapse = ", "))
  late <- predict(model, as.data.frame(lapply(columns[wanted], as.numeric)), type = "response")
  sprintf('{"predictions": {"late": [%s]}}', paste(numbers(late), collapse = ", "))
}

input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  said <- tryCatch(answer(line), error = function(e) toJSON(list(error = conditionMessage(e)), auto_unbox = TRUE))
  cat(said, "\n", sep = "")
  flush(stdout())
}
