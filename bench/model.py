"""Trains the flights model on January and February, and writes it with bodies of one row each.

python model.py <folder>
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow
from mlflow.models import infer_signature

from open_mlops import v2
from open_mlops.flights import data, features, models

#: More than one, so that nothing is answered from a cache.
BODIES = 200


def main() -> None:
    folder = Path(sys.argv[1])
    table = features.build_features(data.read_flights([1, 2]))
    trained = models.fit(models.Candidate("boosting", "boosting"), table)
    asked = table[features.FEATURES]
    mlflow.sklearn.save_model(
        trained,
        str(folder / "model"),
        signature=infer_signature(asked, trained.predict_proba(asked.head())),
        input_example=asked.head(2),
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
        pip_requirements=["scikit-learn"],
    )
    rows = asked.sample(BODIES, random_state=0)
    one = [rows.iloc[[number]].reset_index(drop=True) for number in range(BODIES)]
    # NaN is no JSON; what is missing is null, as in V2.
    records = [json.loads(row.to_json(orient="records")) for row in one]
    (folder / "bare.json").write_text(json.dumps(records))
    (folder / "mlflow.json").write_text(json.dumps([{"dataframe_records": each} for each in records]))
    (folder / "v2.json").write_text(json.dumps([v2.encode_request(row) for row in one]))


if __name__ == "__main__":
    main()
