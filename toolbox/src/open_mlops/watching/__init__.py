"""Watching a model: what it is asked and answers now, beside what it learned from.

    python -m open_mlops.watching flights --plan watch.yaml            # now, over the plan's window
    python -m open_mlops.watching flights --plan watch.yaml --deploy --cron "0 * * * *"

`plan` says what is too far, `reference` reads what a version learned from, `answers`, `distances` and
`performance` measure, `compare` judges, `pages` shows, `flow` is what the work pool runs, and `events` lets a
training flow start when a limit is crossed.
"""
