"""The history of a model: of each version who, when, on which data and why, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from open_mlops import provenance, rollout

from .graph import approval, ended, released, when
from .records import Found, Version

#: Column: what it is called.
HEADS = {
    "version": "version",
    "made": "made",
    "by": "by",
    "why": "why",
    "data": "data",
    "commit": "code",
    "run": "run",
    "gate": "gate",
    "approval": "approval",
    "released": "released",
    "ended": "retired or rolled back",
    "answered": "answered",
}


@dataclass(frozen=True)
class Entry:
    """Empty is what is not known or has not happened. `answered` is rows in the log."""

    version: str
    aliases: tuple[str, ...]
    made: str
    by: str
    why: str
    data: tuple[str, ...]
    commit: str
    run: str
    gate: str
    approval: str
    released: str
    ended: str
    answered: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def history(found: Found) -> list[Entry]:
    """The newest version first."""
    known = sorted(found.versions.values(), key=lambda each: int(each.number), reverse=True)
    return [_entry(found, each) for each in known]


def _entry(found: Found, version: Version) -> Entry:
    run = found.runs.get(version.run_id or "")
    made = run.tags if run else {}
    tags = version.tags
    commit = made.get(provenance.COMMIT, "")
    changed = " with changes" if made.get(provenance.CHANGED) == "true" else ""
    gone = f"{version.run_id} is gone" if version.run_id else ""
    retired, back = (ended(version, tag) for tag in (rollout.RETIRED_AT, rollout.ROLLED_BACK_AT))
    ends = [f"retired {retired}" if retired else "", f"rolled back {back}" if back else ""]
    return Entry(
        version=version.number,
        aliases=version.aliases,
        made=when(version.created),
        by=made.get(provenance.BY) or made.get("mlflow.user", ""),
        why=made.get(provenance.REASON, ""),
        data=tuple(f"{each.context}: {each.name} {each.digest}" for each in (run.inputs if run else ())),
        commit=f"{commit}{changed}" if commit else "",
        run=run.id if run else gone,
        gate=": ".join(word for word in (tags.get("gate", ""), tags.get("gate.reason", "")) if word),
        approval=approval(tags),
        released=released(tags),
        ended=", ".join(word for word in ends if word),
        answered=found.counts.get(version.key),
    )
