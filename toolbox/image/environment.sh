#!/bin/sh
# environment.sh NAME PYTHON: the environment of locks/NAME.txt in /opt/NAME, for the Dockerfiles and for the images of
# the tests. PYTHON is a version or a path, as uv takes it. Run as root, with uv on PATH.
set -eu
name=$1 python=$2
# Pods may not write beside a module, so what is not compiled here is compiled at each start.
export UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy VIRTUAL_ENV="/opt/$name"
uv venv --python "$python" "$VIRTUAL_ENV"
uv pip sync --require-hashes "$(dirname "$0")/../locks/$name.txt"
