# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flow_specs and connection_specs: many definitions, one listing, and only what differs is written."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FIXTURES, FLOW_SPECS, REST_STORAGE, Lab, Outcome, Spec, task

KINDS = {"flow_specs": FLOW_SPECS, "connection_specs": CONNECTION_SPECS}


def defined(name: str, **fields: t.Any) -> Spec:
    """A definition."""
    return {"name": name, "providerId": BATCH_PROVIDER, "version": "1.0", **fields}


def many(count: int, **fields: t.Any) -> list[Spec]:
    """So many definitions."""
    return [defined(f"many-{number:02}", **fields) for number in range(count)]


def actions(outcome: Outcome) -> list[str]:
    return [entry["action"] for entry in outcome.results]


def prediction(outcome: Outcome) -> list[t.Any]:
    """What a task says it does, but for the ids that the service gives."""
    entries = [
        {name: entry[name] for name in ("name", "src", "action", "changes", "previous")} for entry in outcome.results
    ]
    diff = [{name: text for name, text in one.items() if "header" not in name} for one in outcome.diff]
    return [outcome.changed, entries, diff]


def floor(outcome: Outcome) -> tuple[int, int]:
    return outcome.api["requests"], outcome.api["writes"]


@pytest.fixture
def folder(lab: Lab) -> Path:
    """A folder with definitions in every form, and with what is none."""
    root = lab.folder / "definitions"
    (root / "b" / "deep").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "README.md").write_text("# no definition")
    (root / ".hidden.yml").write_text("name: [")
    (root / ".git" / "x.json").write_text("{")
    (root / "a.json").write_text(json.dumps(defined("from-json")))
    (root / "c.yaml").write_text(yaml.safe_dump_all([defined("first-document"), None, defined("second-document")]))
    (root / "d.YML").write_text("---\n" + yaml.safe_dump([defined("first-of-list"), defined("second-of-list")]))
    (root / "b" / "listing.json").write_text(
        json.dumps({"items": [defined("listed-1"), defined("listed-2")], "_links": {}})
    )
    (root / "b" / "deep" / "answer.yml").write_text(yaml.safe_dump({"items": [defined("answered", createdAt=1)]}))
    return root


@pytest.mark.parametrize("module", KINDS)
def test_a_folder(lab: Lab, folder: Path, module: str) -> None:
    before = {spec["id"] for spec in lab.specs(KINDS[module])}
    run = lab.play(
        task("predict", module, check=True, src=str(folder)),
        task("apply", module, src=str(folder)),
        task("again", module, src=str(folder)),
    )
    assert run.status == 0, run.output
    apply = run["apply"]
    assert [(entry["name"], str(Path(entry["src"]).relative_to(folder))) for entry in apply.results] == [
        ("from-json", "a.json"),
        ("first-document", "c.yaml"),
        ("second-document", "c.yaml"),
        ("first-of-list", "d.YML"),
        ("second-of-list", "d.YML"),
        ("listed-1", "b/listing.json"),
        ("listed-2", "b/listing.json"),
        ("answered", "b/deep/answer.yml"),
    ]
    assert prediction(run["predict"]) == prediction(apply)
    assert set(actions(apply)) == {"created"}
    assert set(actions(run["again"])) == {"unchanged"}
    assert [entry["id"] for entry in run["predict"].results] == [None] * 8
    assert [entry["id"] for entry in run["again"].results] == [entry["id"] for entry in apply.results]
    for entry in apply.results:
        stored = lab.spec(KINDS[module], entry["id"])
        assert (stored["name"], stored["version"], stored["providerId"]) == (entry["name"], "1.0", BATCH_PROVIDER)
        assert {"path": "version", "before": None, "after": "1.0"} in entry["changes"]
    assert {entry["id"] for entry in run["again"].unmanaged} == before
    assert [floor(run[name]) for name in ("predict", "apply", "again")] == [(1, 0), (10, 8), (1, 0)]
    assert not run["again"].changed
    assert run["again"].diff == []
    assert lab.calls()[0] == f"GET {KINDS[module]}"


@pytest.mark.parametrize("module", KINDS)
def test_every_payload_shape(lab: Lab, module: str) -> None:
    """Each fixture, as the only one of its name, applied as it is."""
    files = sorted((FIXTURES / module).iterdir())
    seen: dict[tuple[str, str], str] = {}
    for path in files:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        bare = spec["items"][0] if "items" in spec else spec
        seen.setdefault((bare["name"], bare.get("id", "")), str(path))
    chosen = {name: file for (name, _id), file in seen.items()}
    tasks = [task(file, module, src=file) for file in chosen.values()]
    run = lab.play(*tasks, *[task(f"{file} again", module, src=file) for file in chosen.values()])
    assert run.status == 0, run.output
    for file in chosen.values():
        assert actions(run[file])[0] in ("created", "updated")
        assert actions(run[f"{file} again"]) == ["unchanged"]
        assert floor(run[f"{file} again"]) == (1, 0)


def test_updates_at_the_floor(lab: Lab) -> None:
    """One listing; then for each, as long as the listing is recent, the write and the look back."""
    for spec in many(3):
        lab.store(FLOW_SPECS, **spec)
    definitions = [
        defined("many-00"),
        defined("many-01", version="2.0"),
        defined("many-02", version="2.0", attributes={"a": 1}),
    ]
    run = lab.play(
        task("predict", "flow_specs", check=True, definitions=definitions),
        task("apply", "flow_specs", definitions=definitions),
        AEP_SETTLE_TIME="3",
    )
    assert run.status == 0, run.output
    apply = run["apply"]
    assert prediction(run["predict"]) == prediction(apply)
    assert actions(apply) == ["unchanged", "updated", "updated"]
    assert floor(apply) == (5, 2)
    assert apply.results[0]["changes"] == []
    assert apply.results[0]["previous"] is None
    assert apply.results[1]["changes"] == [{"path": "version", "before": "1.0", "after": "2.0"}]
    assert apply.results[1]["previous"]["version"] == "1.0"
    assert apply.diff[0]["before"] == f"name: many-01\nproviderId: {BATCH_PROVIDER}\nversion: '1.0'\n"
    assert apply.diff[0]["after"] == f"name: many-01\nproviderId: {BATCH_PROVIDER}\nversion: '2.0'\n"
    assert apply.diff[0]["before_header"] == f"flow spec 'many-01' ({apply.results[1]['id']})"
    assert len(apply.api["request_ids"]) == 5


def test_a_listing_that_is_no_longer_recent_is_not_written_upon(lab: Lab) -> None:
    """What another writer did since the listing is kept: it is read again right before the write."""
    lab.store(FLOW_SPECS, **defined("slow"))
    spec_id = lab.store(FLOW_SPECS, **defined("shared"))
    lab.fault("PUT", "flowSpecs", type="delay", seconds=1)
    definitions = [defined("slow", version="2.0"), defined("shared", version="2.0")]
    outcome = lab.one("flow_specs", {"definitions": definitions, "concurrency": 1})
    assert actions(outcome) == ["updated", "updated"]
    methods = [request["method"] for request in lab.requests() if spec_id in request["path"]]
    assert methods == ["GET", "PUT", "GET"]


def test_bad_definitions_are_named_and_the_others_served(lab: Lab, folder: Path) -> None:
    (folder / "a-bad.yml").write_text("name: x\n  version: 1\n")
    (folder / "b" / "bad.json").write_text('{"name": "x"')
    (folder / "e-empty.yml").write_text("---\n")
    (folder / "f-list.yml").write_text(yaml.safe_dump_all([defined("good"), ["just text"], {"version": "1.0"}]))
    outcome = lab.one("flow_specs", {"src": str(folder), "definitions": [defined("in-task"), {"name": 5}]})
    assert outcome.failed
    assert outcome.changed
    by_name = {entry["name"]: entry["action"] for entry in outcome.results if entry["action"] != "failed"}
    assert len(by_name) == 10
    assert set(by_name.values()) == {"created"}
    failed = [(entry["src"], entry["msg"]) for entry in outcome.results if entry["action"] == "failed"]
    assert len(failed) == 6
    assert failed[0][0] is None
    assert "definitions[1], name: it is of type" in failed[0][1]
    for src, message in failed[1:]:
        assert src in message
        assert "document" in message or "f-list" not in message
    assert "Could not create or update 6 of 16 flow specs: " in outcome.msg
    assert "a-bad.yml" in outcome.msg
    assert "line 2" in outcome.msg
    assert "And 1 more, see results." in outcome.msg
    assert lab.named(FLOW_SPECS, "good")
    assert len(lab.writes()) == 10


def test_fail_fast_begins_nothing_when_a_definition_is_bad(lab: Lab, folder: Path) -> None:
    (folder / "z-bad.yml").write_text("[")
    outcome = lab.one("flow_specs", {"src": str(folder), "fail_fast": True})
    assert outcome.failed
    assert "Could not create or update 1 of 9 flow specs, and 8 were not attempted: " in outcome.msg
    assert "z-bad.yml" in outcome.msg
    assert set(actions(outcome)) == {"failed"}
    assert sum("not attempted" in entry["msg"] for entry in outcome.results) == 8
    assert not outcome.changed
    assert lab.requests() == []
    assert lab.requests("ims") == []


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_refused_write(lab: Lab, fail_fast: bool) -> None:
    lab.fault("POST", "flowSpecs", skip=1, type="status", status=403, body={"title": "no"})
    arguments = {"definitions": many(4), "concurrency": 1, "fail_fast": fail_fast}
    outcome = lab.one("flow_specs", arguments)
    assert outcome.failed
    assert outcome.changed
    rest = ["failed"] * 2 if fail_fast else ["created"] * 2
    assert actions(outcome) == ["created", "failed", *rest]
    refused = outcome.results[1]
    assert (refused["status"], refused["name"], refused["id"]) == (403, "many-01", None)
    assert "definitions[1]" in refused["msg"]
    assert "HTTP 403" in outcome.msg
    assert len(lab.writes()) == (2 if fail_fast else 4)
    run = lab.play(task("again", "flow_specs", definitions=many(4)))
    assert actions(run["again"]).count("created") == (3 if fail_fast else 1)


def test_a_listing_that_fails_is_a_failure_of_the_task(lab: Lab) -> None:
    lab.fault("GET", "flowSpecs$", type="status", status=403, body={"title": "no"})
    outcome = lab.one("flow_specs", {"definitions": many(2)})
    assert outcome.failed
    assert "list flow specs" in outcome.msg
    assert outcome.status == "failed"
    assert lab.writes() == []


def test_an_ambiguous_name_fails_alone(lab: Lab) -> None:
    ids = [lab.store(FLOW_SPECS, name="twin", version=version) for version in "12"]
    outcome = lab.one("flow_specs", {"definitions": [defined("twin", version="3"), defined("alone")]})
    assert outcome.failed
    assert actions(outcome) == ["failed", "created"]
    assert sorted(outcome.results[0]["ids"]) == sorted(ids)
    assert all(spec_id in outcome.msg for spec_id in ids)
    assert {entry["name"] for entry in outcome.unmanaged}.isdisjoint({"twin", "alone"})
    assert len(lab.writes()) == 1


def test_an_id_that_is_unknown(lab: Lab) -> None:
    spec_id = lab.store(FLOW_SPECS, **defined("known"))
    definitions = [{"id": "nobody", "version": "2"}, {"id": "elsewhere", **defined("known", version="2")}]
    run = lab.play(
        task("apply", "flow_specs", definitions=definitions) | {"ignore_errors": True},
        task("create", "flow_specs", definitions=[{"id": "elsewhere", **defined("new")}]),
    )
    apply = run["apply"]
    assert actions(apply) == ["failed", "updated"]
    assert "find the flow spec with ID nobody" in apply.results[0]["msg"]
    assert apply.results[1]["id"] == spec_id
    assert actions(run["create"]) == ["created"]
    assert "elsewhere" in run["create"].warnings[0]


LIVE = "00000000-0000-4000-8000-00000000000a"
TWICE: dict[str, tuple[list[Spec], int]] = {
    "one name": ([defined("x"), defined("x", version="2")], 0),
    "one name, one of any provider": ([defined("x"), {"name": "x"}], 0),
    "one id": ([{"id": LIVE, "version": "2"}, {"id": LIVE, "version": "3"}], 0),
    "id and name": ([{"id": LIVE, "version": "2"}, {"name": "live", "version": "3"}], 1),
    "two unknown ids of one name": ([{"id": "p", **defined("x")}, {"id": "q", **defined("x")}], 1),
    "renamed to what is created": ([{"id": LIVE, "name": "x"}, defined("x")], 1),
}


@pytest.mark.parametrize("case", TWICE)
def test_two_definitions_for_one_spec_are_refused(lab: Lab, case: str) -> None:
    definitions, requests = TWICE[case]
    lab.store(FLOW_SPECS, id=LIVE, name="live", version="1")
    outcome = lab.one("flow_specs", {"definitions": [defined("other"), *definitions]})
    assert outcome.failed
    assert "Could not apply the definitions: definitions[1] and definitions[2] both define the flow spec" in outcome.msg
    assert not outcome.changed
    assert len(lab.requests()) == requests
    assert lab.writes() == []


def test_namesakes_told_apart_are_two(lab: Lab) -> None:
    ids = [lab.store(FLOW_SPECS, name="twin", version="1") for number in range(2)]
    by_id = [{"id": spec_id, "name": "twin", "version": "2"} for spec_id in ids]
    by_provider = [defined("pair"), defined("pair", providerId="another")]
    outcome = lab.one("flow_specs", {"definitions": by_id + by_provider})
    assert not outcome.failed, outcome.msg
    assert actions(outcome) == ["updated", "updated", "created", "created"]
    assert len(lab.named(FLOW_SPECS, "pair")) == 2


def test_check_mode_warns_of_mistakes_in_definitions(lab: Lab) -> None:
    attributes = {"urlParams": {"host": "https://x", "path": "/${id}", "method": "GET"}}
    mistaken = [defined(f"mistaken-{n}", type="generic-rest", sourceSpec={"attributes": attributes}) for n in range(6)]
    file = lab.folder / "mistaken.yml"
    file.write_text(yaml.safe_dump(mistaken[0]), encoding="utf-8")
    run = lab.play(
        task("predict", "connection_specs", check=True, src=str(file)),
        task("many", "connection_specs", check=True, definitions=mistaken),
        task("apply", "connection_specs", src=str(file)),
    )
    assert run.status == 0, run.output
    (line,) = (number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "${id}" in text)
    found = [warning for warning in run["predict"].warnings if "AUT031" in warning]
    assert [warning.partition(": `")[0] for warning in found] == [
        f"{file}:{line}, sourceSpec.attributes.urlParams.path"
    ]
    told = run["many"].warnings
    assert told[0].startswith("definitions[0], ")
    assert "aep.flow_service.definition_check" in told[-1]
    assert len(told) == 6
    assert not any("AUT0" in warning for warning in run["apply"].result.get("warnings", []))


def test_ignore_paths(lab: Lab) -> None:
    definition = {"name": "RestStorageToAEP", "sourceConnectionSpecIds": []}
    ignoring = {"definitions": [definition], "ignore_paths": ["sourceConnectionSpecIds"]}
    run = lab.play(
        task("managed", "flow_specs", check=True, definitions=[definition]), task("ignored", "flow_specs", **ignoring)
    )
    assert actions(run["managed"]) == ["updated"]
    assert actions(run["ignored"]) == ["unchanged"]
    assert run["ignored"].results[0]["id"] == REST_STORAGE


@pytest.mark.parametrize("concurrency", [1, 3])
def test_so_many_at_a_time(lab: Lab, concurrency: int) -> None:
    lab.fault("POST", "connectionSpecs", times=None, type="delay", seconds=0.3)
    outcome = lab.one("connection_specs", {"definitions": many(7), "concurrency": concurrency})
    assert actions(outcome) == ["created"] * 7
    writes = lab.writes()
    spans = [(write["time"], write["time"] + write["duration_ms"] / 1000) for write in writes]
    under_way = max(sum(begin <= moment < end for begin, end in spans) for moment, _end in spans)
    assert under_way == concurrency
    # The listing, the creations, and the look after them.
    assert len(outcome.api["request_ids"]) == 1 + 7 + 1


def test_threads_share_one_token_and_a_new_one_when_it_is_cut_off(lab: Lab) -> None:
    definitions = many(8)
    lab.switch(token_lifetime=3)
    lab.fault("POST", "connectionSpecs", times=4, type="delay", seconds=3.2)
    arguments = {"definitions": definitions, "concurrency": 4, "token_cache": False}
    outcome = lab.one("connection_specs", arguments)
    assert not outcome.failed, outcome.msg
    assert actions(outcome) == ["created"] * 8
    assert len(lab.named(CONNECTION_SPECS, "many-00")) == 1
    # The first served the listing and four creations; the second the rest.
    assert len(lab.requests("ims")) == 2


def test_a_look_that_is_long_ago_is_not_believed(lab: Lab) -> None:
    """What another controller created in the meantime is found, and not created a second time."""
    lab.fault("POST", "connectionSpecs", type="delay", seconds=10.5)
    outcome = lab.one("connection_specs", {"definitions": many(2), "concurrency": 1})
    assert actions(outcome) == ["created", "created"]
    assert [request["method"] for request in lab.requests()] == ["GET", "POST", "GET", "POST", "GET"]


def test_a_write_that_is_not_kept(lab: Lab) -> None:
    lab.switch(drop_fields=["attributes"])
    lab.store(FLOW_SPECS, **defined("lossy"))
    outcome = lab.one("flow_specs", {"definitions": [defined("lossy", attributes={"a": 1}), defined("fine")]})
    assert outcome.failed
    assert outcome.changed
    assert actions(outcome) == ["failed", "created"]
    assert outcome.results[0]["previous"]["version"] == "1.0"
    assert outcome.results[0]["lost"][0]["path"].startswith("attributes")


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "nothing": ({}, "one of the following is required: definitions, src"),
    "no file": ({"src": "/nowhere/at-all.yml"}, "/nowhere/at-all.yml"),
    "a definition that is a text": ({"definitions": ["x"]}, "definitions"),
    "no concurrency": ({"definitions": [], "concurrency": 0}, "concurrency: it is 0, and must be between 1 and 64"),
    "too much concurrency": (
        {"definitions": [], "concurrency": 65},
        "concurrency: it is 65, and must be between 1 and 64",
    ),
    "bad path": ({"definitions": [], "ignore_paths": ["a..b"]}, "ignore_paths: 'a..b'"),
    "no identity": ({"definitions": [{"version": "1"}]}, "definitions[0]: it has neither an ID nor a name"),
    "id with a slash": ({"definitions": [{"id": "a/b"}]}, "definitions[0], id: 'a/b' is not an ID"),
}


def test_what_is_refused_before_any_request(lab: Lab) -> None:
    empty = lab.folder / "empty"
    empty.mkdir()
    cases = {
        **REFUSED,
        "empty folder": (
            {"src": str(empty)},
            f"the directory {empty} and its subdirectories have no file that ends in .json",
        ),
    }
    tasks = [
        {**task(name, "flow_specs", **arguments), "ignore_errors": True} for name, (arguments, _word) in cases.items()
    ]
    run = lab.play(*tasks)
    for name, (_arguments, word) in cases.items():
        assert run[name].failed, name
        assert word in run[name].msg, name
    assert lab.requests() == []


def test_no_definitions_is_a_look_at_what_is_there(lab: Lab) -> None:
    outcome = lab.one("flow_specs", {"definitions": []})
    assert not outcome.changed
    assert outcome.results == []
    assert [entry["name"] for entry in outcome.unmanaged] == sorted(spec["name"] for spec in lab.specs(FLOW_SPECS))
    assert floor(outcome) == (1, 0)


def test_every_page_of_the_listing_counts(lab: Lab) -> None:
    ids = [lab.store(FLOW_SPECS, **spec) for spec in many(7)]
    lab.switch(page_size=3)
    outcome = lab.one("flow_specs", {"definitions": many(7)})
    assert [entry["id"] for entry in outcome.results] == ids
    assert actions(outcome) == ["unchanged"] * 7
    assert len(outcome.unmanaged) == len(lab.specs(FLOW_SPECS)) - 7


@pytest.mark.parametrize("check", [True, False])
def test_the_summary_counts_what_was_done(lab: Lab, check: bool) -> None:
    lab.store(CONNECTION_SPECS, **defined("same"))
    lab.store(CONNECTION_SPECS, **defined("other", version="0.9"))
    definitions = [defined("same"), defined("other"), defined("new"), defined("newer"), {"name": "no provider"}]
    outcome = lab.one("connection_specs", {"definitions": definitions}, check=check)
    assert outcome.summary == {"created": 2, "updated": 1, "unchanged": 1, "failed": 1}


@pytest.mark.real("worker")
def test_a_long_task_tells_how_far_it_is(lab: Lab) -> None:
    """The first write takes as long as all the others, which are one after the other, and of which one fails.

    A module cannot tell anything before it ends.
    """
    lab.fault("POST", CONNECTION_SPECS, type="delay", seconds=11)
    lab.fault("POST", CONNECTION_SPECS, type="status", status=403)
    lab.fault("POST", CONNECTION_SPECS, times=None, type="delay", seconds=1.2)
    quick = task("quick", "connection_specs", definitions=many(8), check=True)
    slow = task("slow", "connection_specs", definitions=many(8), concurrency=2)
    run = lab.play(quick, {**slow, "ignore_errors": True}, play={"hosts": "localhost"})
    assert run["slow"].summary["failed"] == 1, run["slow"].result
    told = re.findall(
        r"\[localhost\] (\d+) of 8 connection specs that are not as defined are done, 1 failed", run.output
    )
    assert told
    assert sorted(map(int, told)) == list(map(int, told))
    assert 1 < int(told[0]) < 8
    assert run.output.count("are done") == len(told)
