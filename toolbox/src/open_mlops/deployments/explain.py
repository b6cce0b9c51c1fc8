"""Why a model predicts what it predicts: what each input contributes, by SHAP.

The version that answers is loaded here, where the command runs, and not asked over and over: an explanation
takes thousands of predictions, which would make users wait and stand in the inference log. It is explained
only if its predictions are the served ones.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops import snapshots
from open_mlops.serving.code import close, load_model

from .inputs import tensors
from .models import training_data

#: An output's name and the place in its row.
Place = tuple[str, int]
Floats = npt.NDArray[np.float64]
#: Seconds that an explanation may take.
LIMIT = 60.0
#: Rows of the training data that stand for not knowing an input.
BACKGROUND = 50
#: Orders in which inputs become known; each is gone through forwards and backwards.
ORDERS = 5


def explain(
    uri: str,
    run_id: str | None,
    rows: pd.DataFrame,
    served: Callable[[pd.DataFrame], Any],
    limit: float = LIMIT,
) -> pd.DataFrame:
    """A line for each row and output: `row`, `output`, `prediction`, `base`, and `contribution.<input>` for
    each.

    `base` is the mean prediction of the background, rows of what the run was trained on; contributions add up
    from it to the prediction. Of two probabilities that add up to one the second is explained. `served`
    predicts with the deployment. MlflowException where the model takes longer than `limit` seconds, and for
    one that cannot be explained.
    """
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(uri, dst_path=folder)
        model = load_model(local)
        try:
            return _explain(model, uri, run_id, rows, served, limit)
        finally:
            close(model)


def _explain(
    model: Any,
    uri: str,
    run_id: str | None,
    rows: pd.DataFrame,
    served: Callable[[pd.DataFrame], Any],
    limit: float,
) -> pd.DataFrame:
    takes = model.metadata.get_input_schema()
    named = takes is not None and takes.has_input_names()
    columns = [str(name) for name in (takes.input_names() if named else rows.columns)]
    rows = _chosen(rows, columns, "the rows to explain").reset_index(drop=True)
    background = _background(model, run_id, columns)
    if takes is not None and takes.is_tensor_spec():
        wanted = {each.name or "input-0": each for each in takes.inputs}
        shapes = {name: each.shape for name, each in wanted.items()}

        def predict(frame: pd.DataFrame) -> Any:
            found = {name: each.astype(wanted[name].type) for name, each in tensors(frame, shapes).items()}
            return model.predict(found if named else next(iter(found.values())))
    else:
        # A file of JSON says neither which numbers are whole nor of what type a missing one is.
        dtypes = dict(background.dtypes)
        rows = rows.astype(dtypes)

        def predict(frame: pd.DataFrame) -> Any:
            return model.predict(frame.astype(dtypes))

    here, there = predict(rows), served(rows)
    layout = _layout(here)
    if not np.allclose(_matrix(here, layout), _matrix(there, layout), rtol=1e-6, atol=1e-6, equal_nan=True):
        raise MlflowException(
            f"{uri} predicts otherwise here than where it is served, so what it does here explains nothing; "
            "compare the versions of its libraries with the serving environment's"
        )
    return _shapley(predict, rows, background, layout, limit)


def _shapley(
    predict: Callable[[pd.DataFrame], Any],
    rows: pd.DataFrame,
    background: pd.DataFrame,
    layout: dict[str, Place],
    limit: float,
) -> pd.DataFrame:
    # Takes seconds to import, which only who explains should wait for.
    from open_mlops import shapley

    shap = shapley.package()
    both = pd.concat([background, rows], ignore_index=True)
    # SHAP computes with numbers, and knows no missing ones.
    table, decode = shapley.coded(both)
    masker = shap.maskers.Independent(table[: len(background)], BACKGROUND)
    evaluations = ORDERS * (2 * table.shape[1] + 1)

    def explained(ask: Callable[[Floats], Floats], coded: Floats) -> Floats:
        made = shap.PermutationExplainer(ask, masker)(coded[None], max_evals=evaluations, silent=True)
        values: Floats = made.values.reshape(table.shape[1], len(layout))
        return values

    done, deadline = 0, time.monotonic() + limit

    def ask(coded: Floats) -> Floats:
        if time.monotonic() > deadline:
            raise MlflowException(
                f"{done} of {len(rows)} rows were explained in {limit:g} s; send at most {max(done, 1)}"
            )
        return _matrix(predict(decode(coded)), layout)

    base = ask(table[: len(background)]).mean(axis=0)
    lines = []
    for row, coded in enumerate(table[len(background) :]):
        contributions = explained(ask, coded)
        prediction = ask(coded[None])[0]
        for at, output in enumerate(layout):
            line = {"row": row, "output": output, "prediction": prediction[at], "base": base[at]}
            for place, name in enumerate(both.columns):
                line[f"contribution.{name}"] = contributions[place, at]
            lines.append(line)
        done += 1
    return pd.DataFrame(lines)


def _background(model: Any, run_id: str | None, columns: list[str]) -> pd.DataFrame:
    """Rows of the training data that the run says, or the model's example."""
    if url := _training_url(run_id):
        table = _chosen(snapshots.read(url), columns, f"the training data at {url}")
        return table.sample(min(BACKGROUND, len(table)), random_state=0).reset_index(drop=True)
    example = model.input_example
    if example is None:
        raise MlflowException(
            "explanations start from what the model was trained on or its example, and it has neither; log "
            'the training data (mlflow.log_input(..., context="training")), or the model with input_example'
        )
    return _chosen(pd.DataFrame(example), columns, "the model's example").head(BACKGROUND)


def _training_url(run_id: str | None) -> str | None:
    """Where the data is that the run was trained on. A run that was deleted says nothing."""
    try:
        data = training_data(mlflow.get_run(run_id)) if run_id else None
    except MlflowException:
        return None
    source = json.loads(data.source) if data else {}
    return source.get("uri") or source.get("url")


def _chosen(table: pd.DataFrame, columns: list[str], what: str) -> pd.DataFrame:
    """These columns of the table. An array has no names for them, and as many."""
    table = table.rename(columns=str)
    missing = [name for name in columns if name not in table.columns]
    if len(missing) == len(columns) == len(table.columns):
        return table.set_axis(columns, axis=1)
    if missing:
        raise MlflowException(f"{what}: no {', '.join(missing)}", INVALID_PARAMETER_VALUE)
    return table[columns]


def _arrays(predicted: Any) -> dict[str, npt.NDArray[Any]]:
    """What a model answers, as rows by values, by the outputs' names."""
    if isinstance(predicted, pd.DataFrame):
        predicted = {str(name): predicted[name].to_numpy() for name in predicted.columns}
    if not isinstance(predicted, dict):
        predicted = {"": predicted}
    arrays = {name: np.asarray(values) for name, values in predicted.items()}
    return {name: values.reshape(len(values), -1) for name, values in arrays.items()}


def _layout(predicted: Any) -> dict[str, Place]:
    """The outputs that are explained, and where their numbers are."""
    arrays = _arrays(predicted)
    # Where a model answers with a class and its probabilities, these say more.
    for kinds in ("f", "iub"):
        if numbers := {name: values for name, values in arrays.items() if values.dtype.kind in kinds}:
            break
    else:
        found = ", ".join(f"{name or 'an output'} of {values.dtype}" for name, values in arrays.items())
        raise MlflowException(f"the model predicts {found}; only numbers can be explained")
    layout: dict[str, Place] = {}
    for name, values in numbers.items():
        both = values.shape[1] == 2 and np.allclose(values.sum(axis=1), 1)
        for at in range(1 if both else 0, values.shape[1]):
            layout[(name or "prediction") if values.shape[1] == 1 else f"{name}[{at}]"] = (name, at)
    return layout


def _matrix(predicted: Any, layout: dict[str, Place]) -> Floats:
    """The numbers of these outputs: rows by outputs."""
    arrays = _arrays(predicted)
    if len(arrays) == 1 and "" in arrays:
        # What is served has a name for it, and an array of one output has none.
        return np.stack([arrays[""][:, at] for _, at in layout.values()], axis=1).astype(float)
    return np.stack([arrays[name][:, at] for name, at in layout.values()], axis=1).astype(float)
