"""Copies of people's homes in a bucket, by restic: made, restored, and read to try. See `__main__`."""
