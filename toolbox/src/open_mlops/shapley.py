"""What those who explain by SHAP share: the package, and a table that it can mix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy.typing as npt
import pandas as pd


def package() -> Any:
    """The package, with its loops as Python: to compile them takes seven seconds of a processor at the first
    use in each process, and to run them as they are, for some rows, a part of one. Where the process has
    imported it already, it is as it is.
    """
    # Its settings are made as it is imported, so its types do not have them.
    config: Any = numba.config
    before = config.DISABLE_JIT
    config.DISABLE_JIT = True
    try:
        import shap

        return shap
    finally:
        config.DISABLE_JIT = before


def coded(table: pd.DataFrame) -> tuple[npt.NDArray[Any], Callable[[npt.NDArray[Any]], pd.DataFrame]]:
    """Each value as its place among its column's: SHAP then mixes words, holes and numbers alike."""
    codes: dict[str, Any] = {}
    values: dict[str, pd.Series[Any]] = {}
    for name in table:
        places, found = pd.factorize(table[name], use_na_sentinel=False)
        codes[str(name)] = places
        values[str(name)] = pd.Series(found).astype(table[name].dtype)

    def decode(some: npt.NDArray[Any]) -> pd.DataFrame:
        places = some.astype(int)
        columns = {
            name: column.take(places[:, at]).reset_index(drop=True)
            for at, (name, column) in enumerate(values.items())
        }
        return pd.DataFrame(columns)

    return pd.DataFrame(codes).to_numpy(dtype=float), decode
