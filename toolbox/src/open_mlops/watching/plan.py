"""How a model is watched: over which time, and how far from its reference is too far.

window: 24                              # hours of requests, up to now
rows: 500                               # fewer are no evidence
columns:                                # data drift
  score: 0.1                            # an input may be so much further than chance puts it,
  share: 0.5                            # and at most half of them may be further
  missing: 0.2                          # no input may be missing in so much more of the rows
prediction: 0.1                         # what it answers: at most so far, beyond chance
performance:                            # once truth has come
  metric: log_loss
  worse: 0.05                           # than on the data that the version's run held out
  target: late                          # the column of that data with what was true
  delay: 6                              # hours until the truth is there: the window ends so much earlier
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from open_mlops.gate import METRICS

_Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Part):
    """An input has drifted when its distance is more than `score` beyond what chance gives
    (`open_mlops.watching.distances`); `share` of them may have. Of no input may the share of rows without a
    value grow by more than `missing`.
    """

    score: _Positive = 0.1
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    missing: Annotated[float, Field(ge=0, le=1)] = 0.2


class Performance(_Part):
    """A metric of `open_mlops.gate`, and how much worse it may be than on the held-out data, whose column
    `target` says what was true. `delay` is in hours: so much earlier ends the window whose truth is
    looked at.
    """

    metric: str
    worse: Annotated[float, Field(ge=0)]
    target: str
    delay: Annotated[float, Field(ge=0)] = 0

    @field_validator("metric")
    @classmethod
    def _known(cls, said: str) -> str:
        if said not in METRICS:
            raise ValueError(f"no metric {said!r}; there are {', '.join(METRICS)}")
        return said


class WatchPlan(_Part):
    """What is left out is measured and shown, and crosses no limit."""

    #: Hours.
    window: _Positive = 24
    #: Predicted rows, and rows whose truth is known, below which nothing is judged.
    rows: Annotated[int, Field(ge=1)] = 500
    columns: Columns | None = Columns()
    prediction: _Positive | None = None
    performance: Performance | None = None

    @classmethod
    def read(cls, file: str | Path) -> WatchPlan:
        """Of a YAML file. ValueError lists everything that is wrong, OSError says why it cannot be read."""
        try:
            said = yaml.safe_load(Path(file).read_text())
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"watching: {file} is not YAML: {' '.join(str(error).split())}") from None
        return cls.of(said or {})

    @classmethod
    def of(cls, said: Any) -> WatchPlan:
        """Of what YAML or JSON holds. ValueError lists everything that is wrong."""
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, each['loc'])) or 'the plan'} is {each['input']!r}; {each['msg']}"
                for each in error.errors()
            ]
            raise ValueError(f"watching: {'; '.join(problems)}") from None
