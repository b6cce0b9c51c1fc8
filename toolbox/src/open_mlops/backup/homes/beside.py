"""Runs a job beside each home, some at a time, and out of the way of the home's person.

A disk is at one node at a time. A home in use is copied at the node where it is; a home that nobody uses,
anywhere; and where its person's server then starts at another node, the copy gives the disk up, to be
made anew beside the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .cluster import Cluster, Job, job_name

#: Homes at a time, in all.
AT_ONCE = 4
#: Times that one home's job is begun, and seconds that it may wait for a node, a volume or its image.
TRIES, WAIT = 5, 1200.0


@dataclass(frozen=True)
class Work:
    """One home's job."""

    claim: str
    user: str
    args: Sequence[str]

    @property
    def name(self) -> str:
        return job_name(self.args[0], self.claim)


@dataclass
class _Begun:
    work: Work
    tries: int = 0
    since: float = 0.0


def run_beside(
    cluster: Cluster,
    all_work: Sequence[Work],
    say: Callable[[dict[str, Any]], None],
    every: float = 3.0,
    wait: float = WAIT,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Says what came of each, as its pod told it. A copy that a killed run has left at work is waited for.

    @returns whether all went well
    """
    waiting = [_Begun(work) for work in all_work]
    running: dict[str, _Begun] = {}
    well = True
    while waiting or running:
        jobs, in_use = cluster.jobs(), cluster.in_use()
        for name, begun in list(running.items()):
            job, place = jobs.get(name, Job(succeeded=False)), in_use.get(begun.work.claim)
            if job.succeeded is None and place and job.node and place.node != job.node:
                # Its person has come, and the disk is needed elsewhere.
                cluster.remove(name)
                del running[name]
                waiting.append(begun)
            elif job.succeeded is None and (job.node is None or job.waiting) and clock() - begun.since > wait:
                cluster.remove(name)
                del running[name]
                say(_failed(begun.work, f"no node took it: {job.waiting or 'its volume is not ready'}"))
                well = False
            elif job.succeeded is not None:
                cluster.remove(name)
                del running[name]
                if job.succeeded and job.said:
                    say(job.said)
                elif begun.tries < TRIES and not job.said:
                    # It was ended, with its node or for want of memory: it has not failed by itself.
                    waiting.append(begun)
                else:
                    say(job.said or _failed(begun.work, f"its pod was ended {TRIES} times"))
                    well = False
        for begun in list(waiting):
            if len(running) >= AT_ONCE:
                break
            work = begun.work
            job_there = jobs.get(work.name)
            adopted = job_there is not None and job_there.succeeded is None and begun.tries == 0
            if job_there is not None and not (adopted and work.args[0] == "copy"):
                # Of an interrupted run, or not gone yet.
                cluster.remove(work.name)
                continue
            if begun.tries >= TRIES:
                waiting.remove(begun)
                say(_failed(work, f"its server came to another node {TRIES} times"))
                well = False
                continue
            if not adopted:
                cluster.start(work.name, work.claim, work.args, in_use.get(work.claim))
            waiting.remove(begun)
            running[work.name] = _Begun(work, begun.tries + 1, clock())
        time.sleep(every)
    return well


def _failed(work: Work, reason: str) -> dict[str, Any]:
    return {"event": "failed", "home": work.claim, "user": work.user, "reason": reason}
