"""What models bring with them: code, of which each version has its own although all are served by one
process, and whatever else a class of one's own holds.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from importlib.util import resolve_name
from types import ModuleType
from typing import Any
from weakref import WeakValueDictionary

import mlflow

#: Modules and the path that they are found by are the process's, so one version at a time has its own there.
_LOCK = threading.RLock()
_python_import = builtins.__import__
_PICKLED: Any = import_module("cloudpickle.cloudpickle")


def load_model(folder: str) -> Any:
    """The MLflow model at this folder, which imports its own code now and whenever it predicts."""
    code = OwnCode(folder)
    with code.there(), _classes_apart():
        model = mlflow.pyfunc.load_model(folder)
    builtins.__import__ = _import
    # Every way to a prediction ends there.
    model._predict_fn = code.asked(model._predict_fn)
    return model


@contextmanager
def _classes_apart() -> Iterator[None]:
    """For cloudpickle a class that a notebook logs again is the same: two versions would have the functions
    of one of them. Within, it knows none.
    """
    known = _PICKLED._DYNAMIC_CLASS_TRACKER_BY_ID
    _PICKLED._DYNAMIC_CLASS_TRACKER_BY_ID = WeakValueDictionary()
    try:
        yield
    finally:
        _PICKLED._DYNAMIC_CLASS_TRACKER_BY_ID = known


class OwnCode:
    """The modules of one version. Between its imports Python does not know them, so that another version with
    modules of the same names imports its own.

    Found is what `import` names in the thread that loads or predicts. A thread that a model starts finds
    none, nor does what it unpickles.
    """

    def __init__(self, model: str):
        self._folder = os.path.realpath(model) + os.sep
        self._modules: dict[str, ModuleType] = {}
        self._path: list[str] = []
        self._names: set[str] = set()

    def owns(self, name: str) -> bool:
        return name.partition(".")[0] in self._names

    def known(self, name: str, fromlist: Sequence[str] | None) -> ModuleType | None:
        """What the statement is given, where nothing is left to import: without waiting for who is loaded."""
        found = self._modules.get(name)
        if found is None or not fromlist:
            return found and self._modules.get(name.partition(".")[0])
        return found if all(hasattr(found, each) for each in fromlist) else None

    @contextmanager
    def there(self) -> Iterator[None]:
        """Within, Python finds this version's modules; what it imports of them is remembered."""
        with _LOCK:
            path, before, asked = list(sys.path), dict(sys.modules), _ASKED.set(None)
            sys.path[:0] = self._path
            sys.modules.update(self._modules)
            try:
                yield
            finally:
                self._keep(sys.path, before)
                sys.path[:] = path
                _ASKED.reset(asked)

    def _keep(self, path: list[str], before: Mapping[str, ModuleType]) -> None:
        new = [name for name, module in list(sys.modules.items()) if before.get(name) is not module]
        # All of them first: a folder of modules asks for the one that it is in.
        for name in [name for name in new if self._inside(_place(sys.modules[name]))]:
            self._modules[name] = sys.modules.pop(name)
            if name in before:
                # A library has the name too, and was imported since.
                sys.modules[name] = before[name]
        own = [entry for entry in dict.fromkeys(path) if self._inside(entry)]
        if own != self._path:
            self._path = own
            self._names = {file.partition(".")[0] for folder in own for file in os.listdir(folder)}

    def asked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose imports find the version's own modules."""

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            token = _ASKED.set(self)
            try:
                return function(*args, **kwargs)
            finally:
                _ASKED.reset(token)

        return run

    def _inside(self, place: str) -> bool:
        return f"{os.path.realpath(place)}{os.sep}".startswith(self._folder) if place else False


#: The version that is predicting.
_ASKED: ContextVar[OwnCode | None] = ContextVar("open_mlops_asked", default=None)


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Python's `import`. Libraries import as they predict, dozens of times: their way has to be short."""
    own = _ASKED.get()
    if own is None:
        return _python_import(name, globals, locals, fromlist, level)
    full = resolve_name("." * level + name, str((globals or {}).get("__package__"))) if level else name
    if own.owns(full):
        found = own.known(full, fromlist)
        if found is not None:
            return found
        with own.there():
            return _python_import(name, globals, locals, fromlist, level)
    if full.partition(".")[0] in sys.modules:
        return _python_import(name, globals, locals, fromlist, level)
    # While another version is there, its modules would be found.
    with _LOCK:
        return _python_import(name, globals, locals, fromlist, level)


def _place(module: ModuleType) -> str:
    """Its file; a folder without __init__.py is a module of none."""
    return getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")


def close(model: Any) -> None:
    """Lets a class of one's own let go of what it holds beside memory: it may have a method `close`."""
    inner = getattr(model, "_model_impl", None)
    found = getattr(getattr(inner, "python_model", None), "close", None)
    if found is not None:
        found()
