"""Lineage as data: what becomes a node, an edge and a place on the page, without a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_mlops import provenance, rollout
from open_mlops.lineage import page, text
from open_mlops.lineage.graph import Edge, Graph, Node, graph
from open_mlops.lineage.history import history
from open_mlops.lineage.layout import DOWN, HEIGHT, WIDTH, layout
from open_mlops.lineage.links import Links
from open_mlops.lineage.records import Answer, Data, Deployment, Found, Run, Version

AT = datetime(2026, 11, 1, 10, tzinfo=UTC)
RUN = Run(
    "a" * 32, "calm-cat", "flights", "7", "FINISHED", AT, {}, (Data("flights", "d" * 32, "training", ""),)
)
VERSION = Version("flights", "3", RUN.id, AT, {}, ("champion",))
LINKS = Links("http://mlflow", "http://prefect")


def found_of(version: Version, *runs: Run) -> Found:
    found = Found("flights/3", "version", "version:flights/3", versions={version.key: version})
    found.runs.update({run.id: run for run in runs})
    return found


def edges(made: Graph) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in made.edges}


def test_a_version_that_nothing_judged_has_no_gate() -> None:
    found = found_of(VERSION, RUN)
    found.deployments.append(Deployment("flights", VERSION.key, "answers all requests"))
    assert edges(graph(found, LINKS)) == {
        (f"data:{'d' * 32}", f"run:{RUN.id}"),
        (f"run:{RUN.id}", "version:flights/3"),
        ("version:flights/3", "deployment:flights/3"),
    }
    judged = replace(
        VERSION,
        aliases=(),
        tags={"gate": "failed", "gate.reason": "auc is 0.5", rollout.ROLLED_BACK_AT: "then"},
    )
    gate = next(node for node in graph(found_of(judged, RUN), LINKS).nodes if node.kind == "gate")
    assert gate.title == "rolled back"
    assert gate.facts == {"verdict": "failed", "because": "auc is 0.5", "rolled back": "then"}


@pytest.mark.parametrize("aliases", [("champion",), ()])
def test_a_version_that_was_rolled_back_and_released_since_is_released(aliases: tuple[str, ...]) -> None:
    # The alias moved, and has moved on since.
    tags = {
        rollout.ROLLED_BACK_AT: "2026-11-01T10:00:00+00:00",
        rollout.RETIRED_AT: "2026-11-01T11:00:00+00:00",
        rollout.RELEASED_AT: "2026-11-02T10:00:00+00:00",
    }
    found = found_of(replace(VERSION, tags=tags, aliases=aliases))
    (gate,) = [node for node in graph(found, LINKS).nodes if node.kind == "gate"]
    assert gate.title == "released" and "rolled back" not in gate.facts
    assert history(found)[0].ended == ""
    later = {**tags, rollout.RETIRED_AT: "2026-11-03T10:00:00+00:00"}
    retired = found_of(replace(VERSION, tags=later, aliases=()))
    assert history(retired)[0].ended == "retired 2026-11-03T10:00:00+00:00"


def test_what_is_named_and_gone_is_a_node_and_said_to_be() -> None:
    found = found_of(VERSION)
    found.gone_runs.add(RUN.id)
    found.answers.append(Answer("q", "flights", "9", AT, 1, 500, 0.1, "ValueError", {}))
    made = graph(found, LINKS)
    assert {node.id for node in made.nodes if node.gone} == {f"run:{RUN.id}", "version:flights/9"}
    assert ("version:flights/9", "answer:q/9") in edges(made)
    shown = page.page("flights/3", "version", made, [], ["run x is gone"], "now")
    assert shown.count("is no longer there") == 2 and "run x is gone" in shown
    assert "(gone)" in text.graph(made)


def test_what_somebody_sent_is_text_on_the_page() -> None:
    evil = "</title><script>alert(1)</script>"
    found = found_of(VERSION, replace(RUN, name=evil, tags={provenance.REASON: evil}))
    found.answers.append(Answer(evil, "flights", "3", AT, 1, 200, 0.1, evil, {evil: evil}, evil))
    shown = page.page(evil, "request", graph(found, LINKS), history(found), [evil], "now")
    assert "<script" not in shown and "&lt;script&gt;alert(1)" in shown


def test_code_is_one_box_for_the_runs_of_one_commit_and_changes_are_said() -> None:
    tags = {provenance.COMMIT: "c" * 40, provenance.CHANGED: "true", provenance.PROJECT: "file:///p"}
    runs = [replace(RUN, id=letter * 32, tags=tags) for letter in "ab"]
    made = graph(found_of(VERSION, *runs), LINKS)
    (code,) = [node for node in made.nodes if node.kind == "code"]
    assert code.title == f"commit {'c' * 8} with changes"
    assert sum(source == code.id for source, _ in edges(made)) == 2


def test_links_are_to_the_tools_pages_and_only_where_there_are_any() -> None:
    assert LINKS.run("7", "abc") == "http://mlflow/#/experiments/7/runs/abc"
    assert LINKS.version("a b/c", "3") == "http://mlflow/#/models/a%20b%2Fc/versions/3"
    assert Links().run("7", "abc") is None
    evil = graph(found_of(VERSION, RUN), Links("javascript:alert(1)//"))
    assert 'href="javascript' not in page.page("x", "version", evil, [], [], "now")


def test_history_is_newest_first_by_number_and_says_what_is_gone() -> None:
    found = found_of(VERSION, RUN)
    older = replace(VERSION, number="10", run_id="b" * 32, aliases=())
    found.versions[older.key] = older
    newest, oldest = history(found)
    assert (newest.version, oldest.version) == ("10", "3")
    assert newest.run == f"{'b' * 32} is gone" and newest.data == ()
    assert oldest.data == (f"training: flights {'d' * 32}",)
    assert newest.answered is None


def test_a_tree_of_text_shows_what_two_share_once() -> None:
    nodes = tuple(Node(name, "run", name) for name in "abcd")
    diamond = Graph(
        "d", nodes, (Edge("a", "b", "x"), Edge("a", "c", "x"), Edge("b", "d", "x"), Edge("c", "d", "x"))
    )
    lines = text.graph(diamond).splitlines()
    assert [line.strip() for line in lines if line.strip().startswith("[x]")] == [
        "[x] run b",
        "[x] run a",
        "[x] run c",
        "[x] run a, as above",
    ]


@given(st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_boxes_never_overlap_and_arrows_go_to_the_right(pairs: set[tuple[int, int]]) -> None:
    nodes = tuple(Node(str(at), "run", str(at)) for at in range(12))
    # From lower to higher there is no circle.
    forward = tuple(Edge(str(low), str(high), "") for low, high in pairs if low < high)
    placed = layout(Graph("0", nodes, forward))
    assert all(placed.at[edge.source][0] + WIDTH < placed.at[edge.target][0] for edge in forward)
    for one, other in combinations(placed.at.values(), 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) >= HEIGHT + DOWN
    assert all(x + WIDTH <= placed.width and y + HEIGHT <= placed.height for x, y in placed.at.values())
    # Tags that are written by hand may make circles: a page comes of them all the same.
    circles = Graph("0", nodes, tuple(Edge(str(one), str(other), "") for one, other in pairs))
    assert page.page("x", "run", circles, [], [], "now").count('<g class="box') == 12
