"""What the account holds that an empty one does not: every model object that a backend still keeps.

A backend is looked at when it is made: what it has then, such as a default VPC or the policies that AWS manages, belongs
to an empty account.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.common_models import BaseModel

from .overlay import lay_over

_known_backends: set[int] = set()
# The objects themselves, so that no id is given to another one.
_initial: dict[int, BaseModel] = {}

# What AWS still lists for a while, though it is gone.
GONE = {"deleted", "terminated"}
WAITING = {"PendingDeletion"}
NAMES = ("arn", "name", "identifier", "id", "_id")


def extend() -> None:
    """Notes what each backend begins with."""
    find = AccountSpecificBackend.__getitem__

    def note(self: Any, region: str) -> Any:
        backend = find(self, region)
        if id(backend) not in _known_backends:
            _known_backends.add(id(backend))
            _initial.update({id(each): each for each in held(backend, whole=True)})
        return backend

    # The one place where every backend is asked for, and made.
    lay_over(AccountSpecificBackend, __getitem__=note)


def of_aws(thing: BaseModel) -> None:
    """Counts something as AWS's own: it is there in an account that nobody has used."""
    _initial[id(thing)] = thing


def inventory() -> dict[str, list[str]]:
    """Names of what was made and is still there, and of what only waits for AWS to remove it."""
    found: dict[str, list[str]] = {"left": [], "waiting": []}
    for of_service in list(BackendDict._instances):
        for account in list(of_service.values()):
            for backend in list(dict.values(account)):
                for each in held(backend):
                    state = state_of(each)
                    if id(each) not in _initial and state not in GONE:
                        found["waiting" if state in WAITING else "left"].append(described(each))
    return {key: sorted(set(names)) for key, names in found.items()}


def held(backend: BaseBackend, whole: bool = False) -> Iterator[BaseModel]:
    """The model objects of a backend, and what those of an empty account hold: what belongs to a new one goes with it.

    :param whole: what every object holds, however deep
    """
    seen: set[int] = set()
    queue: deque[Any] = deque(vars(backend).values())
    while queue:
        value = queue.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            queue.extend(list(value.values()))
        elif isinstance(value, list | tuple | set | deque):
            queue.extend(list(value))
        elif isinstance(value, BaseModel):
            if isinstance(value, BaseBackend):
                continue
            yield value
            if whole or id(value) in _initial:
                queue.extend(list(vars(value).values()))


def state_of(thing: BaseModel) -> str:
    for name in ("key_state", "state", "status", "_state"):
        state = vars(thing).get(name)
        if state is not None:
            return str(getattr(state, "name", state))
    return ""


def described(thing: BaseModel) -> str:
    service = type(thing).__module__.split(".")[1]
    name = next((vars(thing)[key] for key in NAMES if isinstance(vars(thing).get(key), str)), "?")
    return f"{service} {type(thing).__name__} {name}"
