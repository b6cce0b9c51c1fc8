"""Starts the model server: `python -m open_mlops.serving <folder of models>`."""

from __future__ import annotations

import argparse
import os

#: Where nothing else is said. Libraries read the first ones when they are loaded.
DEFAULTS = {
    # One request is too little work for several threads: they wait for each other, and for other requests'.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Access logs, and tracebacks as answers.
    "MLSERVER_DEBUG": "false",
    # Inference in the server's own process: on a small machine a worker process adds latency and memory.
    "MLSERVER_PARALLEL_WORKERS": "0",
    # Answers are small, and to compress them takes longer than to send them.
    "MLSERVER_GZIP_ENABLED": "false",
    "TOKENIZERS_PARALLELISM": "false",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m open_mlops.serving", description="The model server.")
    parser.add_argument("folder", help="MLServer's model repository")
    folder = parser.parse_args().folder
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    from .server import run

    run(folder)


if __name__ == "__main__":
    main()
