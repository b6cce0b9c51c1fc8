"""What is known before departure, what is asked, and what the data must be like."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from .data import WEATHER

LATE_AFTER_MINUTES = 15
LABEL = "late"
CATEGORIES = ["carrier", "origin", "dest"]
SCHEDULE = ["weekday", "departure_minute", "arrival_minute", "distance"]
NUMBERS = [*SCHEDULE, *WEATHER]
FEATURES = [*CATEGORIES, *NUMBERS]


def _measured(low: float, high: float) -> pa.Column:
    """An hour's measurement may be missing."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=True)


#: A table that differs from this in anything is refused, and every failing value is named.
SCHEMA = pa.DataFrameSchema(
    {
        "time_hour": pa.Column("datetime64[ns, UTC]"),
        "carrier": pa.Column(str, pa.Check.str_matches(r"^[A-Z0-9]{2}$")),
        "origin": pa.Column(str, pa.Check.isin(["EWR", "JFK", "LGA"])),
        "dest": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "month": pa.Column(int, pa.Check.in_range(1, 12)),
        "weekday": pa.Column(float, pa.Check.in_range(0, 6)),
        "departure_minute": pa.Column(float, pa.Check.in_range(0, 24 * 60)),
        "arrival_minute": pa.Column(float, pa.Check.in_range(0, 24 * 60)),
        "distance": pa.Column(float, pa.Check.in_range(10, 6000)),
        "temp": _measured(-40, 130),
        "dewp": _measured(-60, 100),
        "humid": _measured(0, 100),
        "wind_dir": _measured(0, 360),
        # Miles an hour.
        "wind_speed": _measured(0, 150),
        "wind_gust": _measured(0, 200),
        "precip": _measured(0, 10),
        "pressure": _measured(900, 1100),
        "visib": _measured(0, 10),
        LABEL: pa.Column(bool),
    },
    checks=pa.Check(
        lambda table: table["time_hour"].is_monotonic_increasing, error="rows are not ordered by time"
    ),
    strict=True,
)


def build_features(flights: pd.DataFrame) -> pd.DataFrame:
    """The table that SCHEMA describes. Numbers are floats, so that one may be missing in a request."""
    table = flights[["time_hour", *CATEGORIES]].copy()
    table["month"] = flights["month"]
    local = pd.to_datetime({"year": 2013, "month": flights["month"], "day": flights["day"]})
    table["weekday"] = local.dt.dayofweek.astype(float)
    table["departure_minute"] = _minute_of_day(flights["sched_dep_time"])
    table["arrival_minute"] = _minute_of_day(flights["sched_arr_time"])
    table["distance"] = flights["distance"].astype(float)
    table[WEATHER] = flights[WEATHER].astype(float)
    table[LABEL] = flights["arr_delay"] > LATE_AFTER_MINUTES
    return table


def _minute_of_day(clock: pd.Series[int]) -> pd.Series[float]:
    """1745 is a quarter to six."""
    return (clock // 100 * 60 + clock % 100).astype(float)


def validate(table: pd.DataFrame) -> pd.DataFrame:
    """The table, when it is as SCHEMA says; otherwise an error with every failing column and value."""
    return SCHEMA.validate(table, lazy=True)


def split_by_time(table: pd.DataFrame, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first `share` of the rows and the rest, which is later: no hour is in both."""
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; use more than 0 and less than 1")
    border = table["time_hour"].iloc[int(len(table) * share)]
    earlier = table["time_hour"] < border
    return table[earlier], table[~earlier]
