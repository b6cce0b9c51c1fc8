#!/bin/sh
# Runs what it is given: a notebook server, a flow run, a Dask worker. Nothing is installed at start.
set -eu
exec "$@"
