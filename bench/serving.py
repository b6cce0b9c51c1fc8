"""The lab's endpoint beside MLflow's own server and a bare FastAPI app: the same model, machine and run.

    npm run bench -- serving [--json] [--rounds 3] [--seconds 10] [--only NAME ...]

Every server runs for the whole time. In each round each of them is asked in turn, first 50 times a second,
then by eight clients as fast as they can, so that what else the machine does hits them alike.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from servers import BASE, HERE, Target, targets

RATE, CLIENTS = 50, 8


def start(target: Target, folder: Path, stack: ExitStack) -> None:
    env = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", **target.env}
    log = stack.enter_context((folder / f"{target.port}.log").open("wb"))
    for command in [target.command, *([target.before] if target.before else [])]:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        stack.callback(stop, process)
        target.processes.append(psutil.Process(process.pid))
    if target.before_port:
        wait(f"http://127.0.0.1:{target.port}{target.ready}", process, folder / f"{target.port}.log")
    port = target.before_port or target.port
    wait(f"http://127.0.0.1:{port}{target.ready}", process, folder / f"{target.port}.log")


def wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer:\n{log.read_text()[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def ask(target: Target, folder: Path, *kind: str, seconds: float) -> dict[str, Any]:
    command = [
        *(sys.executable, str(HERE / "load.py"), "--port", str(target.before_port or target.port)),
        *("--path", target.path, "--bodies", str(folder / target.bodies), "--seconds", str(seconds), *kind),
    ]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert isinstance(found, dict)
    return found


def measure(target: Target, folder: Path, seconds: float) -> None:
    opened = ask(target, folder, "--open", str(RATE), seconds=seconds)
    before = processor_time(target)
    closed = ask(target, folder, "--closed", str(CLIENTS), seconds=seconds / 2)
    target.cpu += processor_time(target) - before
    target.open += opened["latencies"]
    target.closed += closed["latencies"]
    target.closed_seconds += closed["seconds"]
    target.failed += opened["failed"] + closed["failed"]


def processor_time(target: Target) -> float:
    """Seconds so far. It says what a request costs, also where others use the machine."""
    processes = [each for top in target.processes for each in (top, *top.children(recursive=True))]
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def summary(target: Target) -> dict[str, Any]:
    quantiles = {f"p{round(q * 100)}_ms": round(quantile(target.open, q), 1) for q in (0.5, 0.95, 0.99)}
    busy = {f"closed_p{round(q * 100)}_ms": round(quantile(target.closed, q), 1) for q in (0.5, 0.99)}
    throughput = round(len(target.closed) / target.closed_seconds)
    cost = {"cpu_ms": round(target.cpu / max(1, len(target.closed)) * 1000, 1)}
    return {
        "server": target.name,
        **quantiles,
        "per_second": throughput,
        **busy,
        **cost,
        "failed": target.failed,
    }


def table(rows: list[dict[str, Any]]) -> str:
    base = next((row for row in rows if row["server"] == BASE), rows[0])
    lines = [
        f"One row a request. {RATE} requests a second, open loop; then {CLIENTS} clients, closed loop.",
        "",
        "| server | p50 | p95 | p99 ms | to bare, p50 and p99 | closed loop | of bare | CPU ms | failed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        apart = " and ".join(f"{row[key] - base[key]:+.1f}" for key in ("p50_ms", "p99_ms"))
        share = f"{row['per_second'] / base['per_second']:.0%}"
        lines.append(
            f"| {row['server']} | {row['p50_ms']} | {row['p95_ms']} | {row['p99_ms']} | {apart} "
            f"| {row['per_second']}/s | {share} | {row['cpu_ms']} | {row['failed']} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="npm run bench -- serving")
    parser.add_argument("--json", action="store_true", help="numbers for a program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=10, help="of open loop in a round; half of it closed"
    )
    parser.add_argument("--only", nargs="*", help="names of servers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        subprocess.run([sys.executable, str(HERE / "model.py"), name], check=True, stderr=subprocess.DEVNULL)
        chosen = [each for each in targets(folder) if not options.only or each.name in options.only]
        for target in chosen:
            start(target, folder, stack)
            ask(target, folder, "--closed", "2", seconds=2)
        for number in range(options.rounds):
            for target in chosen:
                print(f"round {number + 1} of {options.rounds}: {target.name}", file=sys.stderr, flush=True)
                measure(target, folder, options.seconds)
        rows = [summary(target) for target in chosen]
    print(json.dumps(rows, indent=2) if options.json else table(rows))
    load = os.getloadavg()[0]
    if load > 2 * (os.cpu_count() or 1):
        print(f"the machine's load was {load:.0f}: latencies say little, CPU a request does", file=sys.stderr)
    if any(row["failed"] for row in rows if row["server"].startswith("the lab")):
        raise SystemExit("requests to the lab failed")


if __name__ == "__main__":
    main()
