"""Where a prediction comes from, and what a table of data has touched.

    python -m open_mlops.lineage <request id | model | model/version | run id | snapshot digest> [--page file]

`walk` reads what is known (MLflow in `registry`, Prefect in `flows`, the inference log in `requests`) into a
`records.Found`; `graph` and `history` make nodes, edges and rows of it; `text` and `page` show them.
"""
