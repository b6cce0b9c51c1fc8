"""The order of jobs beside homes, on a cluster that is told what happens. A real one is `mlops restore`'s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from open_mlops.backup.homes.beside import AT_ONCE, TRIES, Work, run_beside
from open_mlops.backup.homes.cluster import Claim, Job, Place, job_name
from open_mlops.backup.homes.repository import Copy


class Told:
    """A cluster of two nodes whose jobs take some looks; each look may change where people are."""

    def __init__(self, takes: int = 2) -> None:
        self.takes, self.looks = takes, 0
        self.people: dict[str, Place] = {}
        self.running: dict[str, tuple[Job, int]] = {}
        self.started: list[tuple[str, str | None]] = []
        self.removed: list[str] = []
        self.at_look: dict[int, Callable[[], None]] = {}
        self.ends: Callable[[str], Job] = lambda claim: Job(True, "one", {"event": "copied", "home": claim})
        self.most = 0

    def claims(self) -> list[Claim]:
        return []

    def in_use(self) -> dict[str, Place]:
        return dict(self.people)

    def jobs(self) -> dict[str, Job]:
        self.looks += 1
        self.at_look.get(self.looks, lambda: None)()
        for name, (job, left) in self.running.items():
            claim = job.waiting
            self.running[name] = (job, left - 1) if left > 1 else (self.ends(claim), 0)
        self.most = max(self.most, sum(1 for job, _ in self.running.values() if job.succeeded is None))
        return {name: Job(job.succeeded, job.node, job.said) for name, (job, _) in self.running.items()}

    def start(self, name: str, claim: str, args: Sequence[str], at: Place | None) -> None:
        assert name not in self.running, "there is one of a name at a time"
        self.started.append((claim, at.node if at else None))
        # The claim is kept where a real job has why it waits.
        self.running[name] = (Job(None, at.node if at else "one", waiting=claim), self.takes)

    def remove(self, name: str) -> None:
        self.removed.append(name)
        self.running.pop(name, None)

    def make_claim(self, copy: Copy) -> None:
        raise AssertionError


def work(*claims: str, command: str = "copy") -> list[Work]:
    return [Work(claim, claim, [command, "--home", claim]) for claim in claims]


def run(cluster: Told, all_work: list[Work], **options: Any) -> tuple[bool, list[dict[str, Any]]]:
    said: list[dict[str, Any]] = []
    return run_beside(cluster, all_work, said.append, every=0, **options), said


def test_a_home_in_use_is_copied_at_its_node_and_another_anywhere() -> None:
    cluster = Told()
    cluster.people = {"ada": Place("two", [{"key": "gpu"}])}
    well, said = run(cluster, work("ada", "bob"))
    assert well and [each["home"] for each in said] == ["ada", "bob"]
    assert cluster.started == [("ada", "two"), ("bob", None)]
    assert cluster.running == {}, "nothing is left"


def test_a_copy_gives_its_disk_up_when_its_person_comes_at_another_node_and_is_made_there() -> None:
    cluster = Told(takes=6)
    cluster.at_look = {3: lambda: cluster.people.update(ada=Place("two"))}
    well, said = run(cluster, work("ada"))
    assert cluster.removed[0] == job_name("copy", "ada") and cluster.looks < 15
    assert cluster.started == [("ada", None), ("ada", "two")]
    assert well and len(said) == 1


def test_a_copy_goes_on_when_its_person_comes_at_the_same_node() -> None:
    cluster = Told(takes=6)
    cluster.at_look = {3: lambda: cluster.people.update(ada=Place("one"))}
    assert run(cluster, work("ada"))[0]
    assert cluster.started == [("ada", None)]


def test_some_are_at_work_at_a_time() -> None:
    cluster = Told()
    well, said = run(cluster, work(*(f"p{number}" for number in range(11))))
    assert well and len(said) == 11 and cluster.most == AT_ONCE


def test_one_that_says_why_it_failed_keeps_no_other_from_its_copy_and_is_not_tried_again() -> None:
    cluster = Told()
    failed = {"event": "failed", "home": "ada", "reason": "no space"}
    cluster.ends = lambda claim: (
        Job(False, "one", failed) if claim == "ada" else Job(True, "one", {"event": "copied", "home": claim})
    )
    well, said = run(cluster, work("ada", "bob"))
    assert not well and said == [failed, {"event": "copied", "home": "bob"}]
    assert [claim for claim, _ in cluster.started] == ["ada", "bob"]


def test_one_whose_node_went_is_tried_again_and_not_for_ever() -> None:
    cluster = Told()
    cluster.ends = lambda _: Job(False, None, {})
    well, said = run(cluster, work("ada"))
    assert not well and f"{TRIES} times" in said[0]["reason"]
    assert len(cluster.started) == TRIES


def test_one_that_no_node_takes_is_given_up_with_the_schedulers_word() -> None:
    cluster = Told(takes=1000)
    times = iter(range(0, 10_000, 100))
    real = cluster.jobs
    cluster.jobs = lambda: {name: Job(None, None, waiting="no room") for name in real()}  # type: ignore[method-assign]
    well, said = run(cluster, work("ada"), clock=lambda: next(times))
    assert not well and said[0]["reason"] == "no node took it: no room"
    assert cluster.running == {}


def test_a_copy_that_a_killed_run_has_left_at_work_is_waited_for_and_not_begun_twice() -> None:
    cluster = Told(takes=4)
    cluster.start(job_name("copy", "ada"), "ada", ["copy"], None)
    well, said = run(cluster, work("ada"))
    assert well and len(said) == 1 and len(cluster.started) == 1


def test_a_restore_that_a_killed_command_has_left_is_ended_before_another_begins() -> None:
    """It may be of another time than is asked for now."""
    cluster = Told(takes=4)
    cluster.start(job_name("restore", "ada"), "ada", ["restore"], None)
    assert run(cluster, work("ada", command="restore"))[0]
    assert cluster.removed[0] == job_name("restore", "ada") and len(cluster.started) == 2


def test_names_fit_whatever_a_claim_is_called() -> None:
    names = {job_name(command, "claim-" + "x" * 240) for command in ("copy", "restore")}
    assert len(names) == 2 and all(len(name) < 50 for name in names)
