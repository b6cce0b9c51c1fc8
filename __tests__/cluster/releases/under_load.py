"""A promotion and a roll-back while clients ask 50 times a second for 60 seconds, in a real platform.

    python under_load.py

Runs where people's code does. Prints one JSON object a release: how it ended, what the clients counted, and
how many of their requests each version answered. Exits with 1 when a request failed, was not logged, or a
release ended otherwise than it should.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version

import httpx
import mlflow
import numpy as np
import pandas as pd
from mlflow.deployments import get_deploy_client
from open_mlops import inference_log, releases, rollout, v2
from open_mlops.gate import Gate
from open_mlops.release_plan import Plan
from sklearn.tree import DecisionTreeRegressor

NAME = "under-load"
RATE, SECONDS = 50, 60
SAMPLE = pd.DataFrame(np.random.default_rng(0).normal(size=(4, 3)), columns=["a", "b", "c"])
#: Passed by any server that answers, and by none.
GOOD = Gate.of({"traffic": {"requests": 50, "errors": 0.0, "latency": {"0.5": 5.0}}})
BAD = Gate.of({"traffic": {"requests": 50, "latency": {"0.5": 1e-9}}})


@dataclass
class Load:
    """Open loop: a request is sent when its time has come, whether or not others have been answered."""

    address: str
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    latency: list[float] = field(default_factory=list)

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        body = json.dumps(v2.encode_request(SAMPLE)).encode()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as http:
            begun, asked = time.monotonic(), []
            for number in range(RATE * SECONDS):
                await asyncio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
                asked.append(asyncio.create_task(self._ask(http, body)))
            await asyncio.gather(*asked)

    async def _ask(self, http: httpx.AsyncClient, body: bytes) -> None:
        begun = time.monotonic()
        try:
            answer = await http.post(self.address, content=body, headers={"content-type": "application/json"})
        except httpx.TransportError as error:
            self.failed[type(error).__name__] += 1
            return
        self.latency.append(time.monotonic() - begun)
        if answer.status_code == 200:
            self.answered[answer.json()["model_version"]] += 1
        else:
            self.failed[f"{answer.status_code}: {answer.text[:200]}"] += 1


def register(seed: int) -> str:
    table = pd.DataFrame(np.random.default_rng(seed).normal(size=(200, 3)), columns=["a", "b", "c"])
    model = DecisionTreeRegressor(random_state=seed).fit(table, table @ np.array([1.0, -2.0, seed]))
    packages = [f"{package}=={version(package)}" for package in ("scikit-learn", "pandas", "numpy")]
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            input_example=table.head(2),
            serialization_format="cloudpickle",
            pip_requirements=packages,
            registered_model_name=NAME,
        )
    return str(logged.registered_model_version)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def released(address: str, chosen: str, gate: Gate) -> tuple[bool, dict[str, object]]:
    """Releases a version that is loaded, while clients ask. What was lost, and how it ended."""
    place = releases.place_of(NAME)
    with place.alone():
        place.load(f"models:/{NAME}/{chosen}")
    load = Load(address)
    asking = threading.Thread(target=load.run)
    asking.start()
    time.sleep(3)
    begun = time.monotonic()
    plan = Plan(NAME, chosen, "canary", steps=(10, 50), interval=5, gate=gate)
    outcome = rollout.run(releases.place_of(NAME), plan, say=say)
    took = time.monotonic() - begun
    asking.join()
    latency = sorted(load.latency)
    return outcome.promoted, {
        "version": chosen,
        "promoted": outcome.promoted,
        "reason": outcome.reason,
        "served": outcome.served,
        "release_seconds": round(took, 1),
        "sent": RATE * SECONDS,
        "answered": dict(load.answered),
        "failed": dict(load.failed),
        "p50_ms": round(1000 * latency[len(latency) // 2], 1),
        "p99_ms": round(1000 * latency[len(latency) * 99 // 100], 1),
    }


def main() -> int:
    client = get_deploy_client(os.environ["OPEN_MLOPS_SERVING_TARGET"])
    config = {"cpu": "100m", "memory": "768Mi", "log_days": 1}
    first, second, third = register(1), register(2), register(3)
    ok = True
    try:
        begun = pd.Timestamp.now("UTC").to_pydatetime()
        made = client.create_deployment(NAME, f"models:/{NAME}/{first}", config=config)
        for chosen, gate, good in [(second, GOOD, True), (third, BAD, False)]:
            promoted, said = released(made["endpoint"], chosen, gate)
            print(json.dumps(said), flush=True)
            ok = ok and promoted is good and not said["failed"]
        # What was answered is in the log, each request once: of the pods that were taken away too.
        time.sleep(30)
        rows = inference_log.read(NAME, begun)
        answers = rows.select(["request_id", "version"]).to_pylist()
        logged = len({(each["request_id"], each["version"]) for each in answers})
        print(json.dumps({"logged": logged, "answered": 2 * RATE * SECONDS}), flush=True)
        ok = ok and logged == 2 * RATE * SECONDS
    finally:
        client.delete_deployment(NAME)
        for found in mlflow.MlflowClient().search_model_versions(f"name='{NAME}'"):
            mlflow.MlflowClient().delete_model_version(NAME, found.version)
        mlflow.MlflowClient().delete_registered_model(NAME)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
