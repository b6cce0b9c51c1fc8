"""What a version must have before its release may begin: a model card, and somebody's approval of it.

    requires:                              # in the gate's YAML
      card: true
      approval: true                       # or {by_another: true}: not by whoever trained it

`open_mlops.cards` makes the one, `open_mlops.approvals` gives the other and checks both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Approval:
    """`by_another`: who approves is not who trained it."""

    by_another: bool = False


@dataclass(frozen=True)
class Requires:
    card: bool = False
    approval: Approval | None = None

    @classmethod
    def of(cls, said: Any, problems: list[str]) -> Requires | None:
        """Of what YAML or JSON holds; what is wrong is added to the problems."""
        wrong = f"requires is {said!r}; use card: true, and approval: true or {{by_another: true}}"
        if not isinstance(said, Mapping) or set(said) - {"card", "approval"}:
            problems.append(wrong)
            return None
        card, approval = said.get("card") or False, said.get("approval") or False
        if isinstance(approval, Mapping):
            whole = set(approval) <= {"by_another"} and isinstance(approval.get("by_another", False), bool)
            made = Approval(**approval) if whole else None
        else:
            whole, made = isinstance(approval, bool), Approval() if approval is True else None
        if not isinstance(card, bool) or not whole:
            problems.append(wrong)
            return None
        return cls(card, made)
