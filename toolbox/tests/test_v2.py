"""What goes through JSON comes back as it was."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from open_mlops import v2

ROWS = st.integers(1, 20)
TYPES = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
]


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(ROWS)
    names = draw(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from([*TYPES, "str"]))
        if kind == "str":
            text = st.one_of(st.none(), st.text(st.characters(codec="utf-8")))
            columns[name] = pd.Series(draw(st.lists(text, min_size=rows, max_size=rows)), dtype=object)
        else:
            values = {"allow_infinity": False} if kind.startswith("float") else None
            columns[name] = pd.Series(draw(hnp.arrays(kind, rows, elements=values)))
    return pd.DataFrame(columns)


@given(frames())
def test_a_frame_comes_back_exactly(frame: pd.DataFrame) -> None:
    body = json.loads(json.dumps(v2.encode_request(frame), allow_nan=False))
    pd.testing.assert_frame_equal(v2.decode_request(body), frame, check_exact=True)


@given(hnp.arrays("float64", hnp.array_shapes(max_dims=3), elements={"allow_infinity": False}))
def test_an_output_comes_back_exactly(values: np.ndarray) -> None:
    body = json.loads(json.dumps(v2.encode_response("m", {"output-1": values}), allow_nan=False))
    np.testing.assert_array_equal(v2.decode_response(body)["output-1"], values)


def test_columns_are_told_apart_and_typed() -> None:
    frame = pd.DataFrame({"carrier": pd.Categorical(["UA", "AA"]), "wind": [1.5, math.nan], "hour": [5, 6]})
    inputs = v2.encode_request(frame)["inputs"]
    assert [(i["name"], i["datatype"], i["shape"]) for i in inputs] == [
        ("carrier", "BYTES", [2, 1]),
        ("wind", "FP64", [2, 1]),
        ("hour", "INT64", [2, 1]),
    ]
    assert inputs[1]["data"] == [1.5, None]


def test_nested_data_is_read_too() -> None:
    nested = {"name": "o", "datatype": "FP64", "shape": [2, 2], "data": [[1, 2], [3, 4]]}
    assert v2.decode_response({"outputs": [nested]})["o"].tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (pd.DataFrame({"a": []}), "0 rows and 1 columns"),
        (pd.DataFrame({"a": [math.inf]}), "column a has inf"),
        (pd.DataFrame({"a": [pd.Timestamp("2013-01-01")]}), "column a has np.datetime64"),
        (pd.DataFrame({"a": [b"x"]}), "column a has b'x' of type bytes"),
    ],
)
def test_what_json_cannot_say_is_refused(frame: pd.DataFrame, problem: str) -> None:
    with pytest.raises((ValueError, TypeError), match=problem):
        v2.encode_request(frame)


def test_an_answer_that_is_no_prediction_is_shown() -> None:
    with pytest.raises(ValueError, match="model not found"):
        v2.decode_response({"error": "model not found"})
    with pytest.raises(ValueError, match="FP8; known are BYTES, BOOL"):
        v2.decode_response({"outputs": [{"name": "o", "datatype": "FP8", "shape": [0], "data": []}]})


def test_tensors_keep_shape_type_and_every_digit() -> None:
    random = np.random.default_rng(0)
    sent = {
        "picture": random.random((3, 4, 2)).astype(np.float32),
        "weight": random.random((3, 1)),
        "word": np.array([["a", "b"]] * 3, dtype=object),
    }
    body = json.loads(json.dumps(v2.encode_tensors(sent)))
    assert [each["shape"] for each in body["inputs"]] == [[3, 4, 2], [3, 1], [3, 2]]
    for name, values in v2.decode_response({"outputs": body["inputs"]}).items():
        np.testing.assert_array_equal(values, sent[name])
        assert values.dtype == sent[name].dtype
    with pytest.raises(
        ValueError, match=r"shapes {'a': \[2\], 'b': \[3\]}; send at least one, all with as many"
    ):
        v2.encode_tensors({"a": np.zeros(2), "b": np.zeros(3)})
