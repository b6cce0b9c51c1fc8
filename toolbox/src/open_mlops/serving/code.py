"""What models bring with them: code, of which each version has its own although all are served by one
process, and whatever else a class of one's own holds.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Modules belong to the process, so models are loaded one at a time.
_LOCK = threading.Lock()


@contextmanager
def own_code(model: str) -> Iterator[None]:
    """Within, what the model at this folder imports is its own code; afterwards its modules are forgotten.

    The model keeps what it has imported. A version with modules of the same names then imports its own, which
    Python would otherwise take for those that it knows already. So an import that happens only when a request
    comes finds nothing, and fails: code of another version would be worse.
    """
    folder = Path(model).resolve()
    with _LOCK:
        before = list(sys.path)
        try:
            yield
        finally:
            sys.path[:] = before
            for name, module in list(sys.modules.items()):
                file = getattr(module, "__file__", None)
                if file and folder in Path(file).parents:
                    del sys.modules[name]


def close(model: Any) -> None:
    """Lets a class of one's own let go of what it holds beside memory: it may have a method `close`."""
    inner = getattr(model, "_model_impl", None)
    found = getattr(getattr(inner, "python_model", None), "close", None)
    if found is not None:
        found()
