"""Models that MLflow has no light flavour for, as classes with their code: see `program` and `text`.

Each model carries the file that serves it (`*_code.py`), so it is served by what it was logged with, whatever
this package has become.
"""
