"""The data is real; so are the figures that the models are held to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.errors
import pytest

from open_mlops import snapshots
from open_mlops.flights import data, features, models


@pytest.fixture(scope="module")
def winter() -> pd.DataFrame:
    return features.validate(features.build_features(data.read_flights([1, 2, 3])))


@pytest.fixture(scope="module")
def train(winter: pd.DataFrame) -> pd.DataFrame:
    return winter[winter["month"] < 3]


@pytest.fixture(scope="module")
def march(winter: pd.DataFrame) -> pd.DataFrame:
    return winter[winter["month"] == 3]


def test_flights_that_arrived_are_there_with_the_weather_of_their_hour(winter: pd.DataFrame) -> None:
    assert winter["month"].value_counts().to_dict() == {1: 26398, 2: 23611, 3: 27902}
    assert winter[winter["month"] == 3][features.LABEL].mean() == pytest.approx(0.228, abs=0.001)
    assert winter["temp"].isna().mean() < 0.01
    assert set(features.FEATURES).isdisjoint({"arr_delay", "dep_delay", "dep_time", "arr_time", "air_time"})


def test_what_is_not_as_expected_is_refused_with_every_problem(winter: pd.DataFrame) -> None:
    wrong = winter.head(100).copy()
    wrong.loc[3, "origin"] = "XXX"
    wrong.loc[5, "distance"] = -1.0
    wrong["unknown"] = 1
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        features.validate(wrong)
    for problem in ("XXX", "-1.0", "unknown"):
        assert problem in str(caught.value)
    with pytest.raises(pandera.errors.SchemaErrors, match="rows are not ordered by time"):
        features.validate(winter.head(100).iloc[::-1])
    with pytest.raises(ValueError, match=r"months are \[0, 13\]; \[0, 13\] are none"):
        data.read_flights([0, 13])


def test_a_split_by_time_shares_no_hour(train: pd.DataFrame) -> None:
    earlier, later = features.split_by_time(train, 0.75)
    assert len(earlier) + len(later) == len(train)
    assert earlier["time_hour"].max() < later["time_hour"].min()
    assert len(earlier) / len(train) == pytest.approx(0.75, abs=0.01)
    with pytest.raises(ValueError, match="share is 1; use more than 0 and less than 1"):
        features.split_by_time(train, 1)


@pytest.mark.parametrize("candidate", models.CANDIDATES, ids=lambda candidate: candidate.name)
def test_every_candidate_beats_the_rate_in_march(
    candidate: models.Candidate, train: pd.DataFrame, march: pd.DataFrame
) -> None:
    baseline = models.baseline_quality(train, march)
    assert baseline.log_loss == pytest.approx(0.537, abs=0.001)
    assert baseline.auc == 0.5
    quality = models.model_quality(models.fit(candidate, train), march)
    assert quality.log_loss < 0.50
    assert 0.69 < quality.auc < 0.73
    assert quality.rows == 27902


def test_one_row_or_many_gives_the_same_probability(train: pd.DataFrame, march: pd.DataFrame) -> None:
    model = models.fit(models.CANDIDATES[1], train.head(3000))
    rows = march[features.FEATURES].head(20)
    together = model.predict_proba(rows)
    apart = np.vstack([model.predict_proba(rows.iloc[[i]]) for i in range(len(rows))])
    np.testing.assert_array_equal(together, apart)


def test_an_airport_that_was_never_seen_is_no_error(train: pd.DataFrame) -> None:
    row = train[features.FEATURES].head(1).assign(dest="ZZZ", wind_gust=np.nan)
    for candidate in models.CANDIDATES:
        probability = models.fit(candidate, train.head(2000)).predict_proba(row)[0, 1]
        assert 0 < probability < 1


def test_a_candidate_is_tried_on_what_was_kept(
    train: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    quality = models.try_candidate(models.CANDIDATES[1], snapshots.write(train, "flights").url, 0.75)
    assert quality.rows == len(features.split_by_time(train, 0.75)[1])
