"""Dumps of a platform's databases in a bucket: made, restored, and restored to try. See `__main__`."""
