"""Finds out what one word means: a model, a version, a run, a snapshot or a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from . import registry, walk
from .records import Found

_VERSION = re.compile(r"(?P<model>[^/@]+)(?:/(?P<number>\d+)|@(?P<alias>[^/]+))")
_SNAPSHOT = re.compile(r".*/(?P<digest>[0-9a-f]{32})\.parquet")

Look = Callable[[str, datetime], Found | None]


class Unknown(LookupError):
    """Nothing is called so; says where was looked."""


class Ambiguous(LookupError):
    """More than one thing is called so; says which words mean which."""


def find(asked: str, since: datetime) -> Found:
    """Looks wherever the word may be known, and in the log, from `since` on, where it is known nowhere else.
    `run:<word>` and the like look there alone.
    """
    kind, mark, word = asked.partition(":")
    if not mark or kind not in LOOKS:
        kind, word = "", asked
    if word.startswith("models:/"):
        kind, word = "version", word.removeprefix("models:/")
    kinds = [kind] if kind else list(LOOKS)
    found: list[Found] = []
    for name in kinds:
        # Last, because it takes longest: all requests of all models.
        if name == "request" and found:
            continue
        if known := LOOKS[name][0](word, since):
            found.append(known)
    if len(found) == 1:
        return found[0]
    if found:
        kinds = [each.kind for each in found]
        words = ", ".join(f"{kind}:{word}" for kind in kinds)
        raise Ambiguous(f"{word} is a {' and a '.join(kinds)}; ask for one of {words}")
    where = ", ".join(LOOKS[name][1].format(since=f"{since:%Y-%m-%d}") for name in kinds)
    hint = (
        ". A request may be older, sampled out, or not in the log yet for some seconds; its answer names its "
        "model and version, which can be asked for"
    )
    raise Unknown(f"nothing is known of {word}: {where}{hint if 'request' in kinds else ''}")


def _version(word: str, since: datetime) -> Found | None:
    parts = _VERSION.fullmatch(word)
    if not parts:
        return None
    number = parts["number"] or registry.alias(parts["model"], parts["alias"])
    return walk.model_version(parts["model"], number, since) if number else None


def _snapshot(word: str, since: datetime) -> Found | None:
    file = _SNAPSHOT.fullmatch(word)
    return walk.snapshot(file["digest"] if file else word, since)


#: How each kind is looked for, and what is said when it is not there.
LOOKS: dict[str, tuple[Look, str]] = {
    "model": (walk.model, "no registered model has that name"),
    "version": (_version, "no version is registered so"),
    "run": (walk.run, "no run has that id"),
    "snapshot": (_snapshot, "no run read a snapshot of that digest"),
    "request": (walk.request, "no request in the log since {since} has that id"),
}
