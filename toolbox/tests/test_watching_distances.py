"""Distances of watching: what chance gives, on the flights and on harder columns, and beside Evidently's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
from hypothesis import given
from hypothesis import strategies as st

from open_mlops.flights import data, features
from open_mlops.watching import distances


def test_chance_is_no_drift_on_the_flights_of_one_month() -> None:
    january = features.build_features(data.read_flights([1])).sample(frac=1, random_state=0)
    before, rest = january.head(5000), january.iloc[5000:]
    far, destinations = [], []
    for rows in (500, 1000):
        for at in range(5):
            now = rest.iloc[at * rows : (at + 1) * rows]
            measured = distances.columns(before[features.FEATURES], now[features.FEATURES])
            assert set(measured.distances) == set(features.FEATURES)
            destinations.append(measured.distances["dest"].whole)
            far += [each.beyond for each in measured.distances.values()]
    assert max(far) < 0.1
    # A hundred of them are further than the default limit by chance alone.
    assert min(destinations) > 0.1


def test_what_is_beyond_chance_is_found_among_many_kinds_and_long_tails() -> None:
    random = np.random.default_rng(1)
    kinds = pd.Series(random.integers(0, 100, 5000)).map(str)
    tail = pd.Series(random.pareto(2.2, 5000))
    for column, moved in ((kinds, kinds[kinds.astype(int) < 60]), (tail, tail * 2)):
        number = distances.is_number(column)
        for seed in range(10):
            same = distances.distance(column, column.sample(500, replace=True, random_state=seed), number)
            assert (
                same.beyond
                < 0.1
                < distances.distance(column, moved.sample(500, random_state=seed), number).beyond
            )


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.lists(st.floats(-5, 5), min_size=1, max_size=40)
)
def test_a_distance_is_the_same_each_time_and_never_below_nothing(old: list[float], new: list[float]) -> None:
    one, other = (distances.distance(pd.Series(old), pd.Series(new), True) for _ in range(2))
    assert one == other and one.beyond >= 0 and one.chance >= 0
    words = distances.distance(pd.Series(map(str, old)), pd.Series(map(str, old)), False)
    assert words.whole == 0


def test_distances_are_those_that_the_page_shows() -> None:
    random = np.random.default_rng(0)
    before = pd.DataFrame({"number": random.normal(size=800), "word": random.choice(["a", "b", "c"], 800)})
    now = pd.DataFrame({"number": random.normal(0.5, 1, 300), "word": random.choice(["a", "b", "d"], 300)})
    definition = DataDefinition(numerical_columns=["number"], categorical_columns=["word"])
    ours = distances.columns(before, now).distances
    for name, method in (("number", "wasserstein"), ("word", "jensenshannon")):
        theirs = Report([ValueDrift(column=name, method=method)]).run(
            *(Dataset.from_pandas(each, definition) for each in (now, before))
        )
        assert ours[name].whole == pytest.approx(theirs.dict()["metrics"][0]["value"])
