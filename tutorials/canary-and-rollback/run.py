"""Releases four versions while people ask fifty times a second, and counts what they met.

python run.py
python run.py --rate 20 --seconds 30
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import challengers
import yaml
from challengers import MODEL

from open_mlops import releases
from open_mlops.flights import data, features, models
from open_mlops.gate import Agreement, Gate
from open_mlops.release_plan import Outcome, Plan
from open_mlops.settings import require
from open_mlops.traffic import Traffic

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=50, help="requests a second; default: 50")
    parser.add_argument("--seconds", type=float, default=60, help="at least so long; default: 60")
    parser.add_argument("--interval", type=float, default=8, help="seconds of a step; default: 8")
    options = parser.parse_args()
    require("MLFLOW_TRACKING_URI", "OPEN_MLOPS_SERVING_TARGET", "OPEN_MLOPS_DATA")

    table = features.validate(features.build_features(data.read_flights([1, 2])))
    earlier, later = features.split_by_time(table, 0.75)
    train, test = challengers.keep(earlier), challengers.keep(later)
    first = challengers.put(models.fit(challengers.FIRST, earlier), "first", train, test)
    better = challengers.put(challengers.better(earlier), "better", train, test)
    nothing = challengers.put(challengers.shuffled(earlier), "shuffled", train, test)
    slow = challengers.put(challengers.slow(earlier), "slow", train, test)
    releases.release(MODEL, first, later[features.FEATURES].head(50).reset_index(drop=True))

    limits = yaml.safe_load((HERE / "gate.yaml").read_text())
    gate = Gate.of({**limits, "held_out": {"data": test.url, "target": features.LABEL}})
    in_use = replace(gate, held_out=None, metrics={})
    alike = replace(in_use, agreement=Agreement(0.9, tolerance=0.1))

    def plan(version: str, strategy: str, limits: Gate, steps: tuple[int, ...] = (10, 50)) -> Plan:
        return Plan(MODEL, version, strategy, steps, options.interval, limits)

    endpoint = releases.serving().get_deployment(MODEL)["endpoint"]
    traffic = Traffic(endpoint, later[features.FEATURES].sample(500, random_state=0))
    with traffic.steady(options.rate):
        begun = time.monotonic()
        expected = [
            (True, tell("the better one, to 10 % and then to half of them", plan(better, "canary", gate))),
            (False, tell("the one that learned nothing, which data refuses", plan(nothing, "canary", gate))),
            (False, tell("it again, as a shadow that answers nobody", plan(nothing, "shadow", alike))),
            (False, tell("the slow one, to 4 %", plan(slow, "canary", in_use, (4,)))),
        ]
        time.sleep(max(0.0, options.seconds - (time.monotonic() - begun)))
    took = time.monotonic() - begun

    print(f"\n{len(traffic.answers):,} requests in {took:.0f} s, {traffic.failed()} failed")
    for problem, count in traffic.problems().items():
        print(f"  {count} times {problem}")
    for version, count in sorted(traffic.versions().items()):
        print(f"  version {version} answered {count:,}")
    champion = releases.champion_version(MODEL)
    print(f"version {champion} is the champion")
    as_said = all(outcome.promoted is promoted for promoted, outcome in expected)
    return 0 if as_said and not traffic.failed() and champion == better else 1


def tell(what: str, plan: Plan) -> Outcome:
    print(f"\n{what}: version {plan.version}, {plan.strategy}")
    outcome = releases.release_by(plan, say=lambda line: print(f"  {line}", flush=True))
    for check in outcome.checks:
        print(f"  {check}")
    return outcome


if __name__ == "__main__":
    sys.exit(main())
