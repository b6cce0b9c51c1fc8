"""What a client has, as the V2 request that a model takes: a table, or tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from open_mlops import v2

Json = dict[str, Any]
_NUMBERS = {
    **{f"FP{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
    **{f"INT{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
}


def encode(inputs: Any, takes: Sequence[Json]) -> Json:
    """The request. `takes` are the inputs in the model's metadata, none where it has no signature."""
    types = {tensor["name"]: tensor["datatype"] for tensor in takes}
    wide = any(tensor["shape"] not in ([-1, 1], [-1]) for tensor in takes)
    if isinstance(inputs, Mapping):
        wide = wide or any(
            np.ndim(values) > 1 for values in inputs.values() if isinstance(values, np.ndarray)
        )
    if not wide and not isinstance(inputs, np.ndarray):
        frame = pd.DataFrame(inputs).rename(columns=str)
        return v2.encode_request(
            frame.assign(**{name: _as(frame[name], types.get(name)) for name in frame.columns})
        )
    found = tensors(inputs, {tensor["name"]: tensor["shape"] for tensor in takes})
    return v2.encode_tensors({name: _as(values, types.get(name)) for name, values in found.items()})


def tensors(inputs: Any, shapes: Mapping[str, Sequence[int]]) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name, in these shapes. A table is one tensor of its rows, or has a column for each tensor."""
    names = list(shapes) or ["input-0"]
    if isinstance(inputs, pd.DataFrame) and set(names) <= {str(name) for name in inputs.columns}:
        inputs = {name: _stacked(inputs[name]) for name in names}
    if isinstance(inputs, Mapping):
        found = {str(name): np.asarray(values) for name, values in inputs.items()}
    elif len(names) != 1:
        raise ValueError(f"the model takes {', '.join(names)}; send arrays by these names")
    elif isinstance(inputs, pd.DataFrame):
        found = {names[0]: np.stack([_stacked(inputs[name]) for name in inputs.columns], axis=1)}
    else:
        found = {names[0]: np.asarray(inputs)}
    return {name: _widened(values, len(shapes.get(name, ()))) for name, values in found.items()}


def _stacked(column: pd.Series[Any]) -> npt.NDArray[Any]:
    """Cells that are lists are further dimensions."""
    return np.asarray(column.tolist(), dtype=object if column.dtype == object and _words(column) else None)


def _words(column: pd.Series[Any]) -> bool:
    return bool(column.map(lambda cell: isinstance(cell, str) or cell is None).all())


def _widened(values: npt.NDArray[Any], dimensions: int) -> npt.NDArray[Any]:
    """A column of values as rows of one, where the model takes that."""
    return values.reshape(values.shape + (1,) * (dimensions - values.ndim))


def _as(values: Any, datatype: str | None) -> Any:
    """The numbers as the model's, where none of them would be another: whole ones that do not fit stay."""
    wanted = _NUMBERS.get(datatype or "")
    kind = getattr(values.dtype, "kind", "")
    if wanted is None or kind not in "iuf" or values.dtype == wanted:
        return values
    if wanted.kind == "f":
        return values.astype(wanted)
    if kind != "f" and len(values):
        limits = np.iinfo(wanted)
        if limits.min <= values.min() and values.max() <= limits.max:
            return values.astype(wanted)
    return values
