# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role source: from definitions to connection specs that exist and flow specs that support them."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FIXTURES, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab, Run, Spec

pytestmark = pytest.mark.real

STREAMING = FIXTURES / "connection_specs" / "streaming.post.request.json"


def rest(name: str, **more: t.Any) -> Spec:
    return {"name": name, "type": "generic-rest", "providerId": BATCH_PROVIDER, "version": "1.0", **more}


def source(lab: Lab, definitions: list[Spec], *arguments: str) -> Run:
    """Run the role; its results are those of the task named 'results'."""
    return lab.play(
        {
            "block": [
                {
                    "name": "role",
                    "ansible.builtin.include_role": {"name": "aep.flow_service.source"},
                    "vars": {"source_definitions": definitions},
                }
            ],
            "always": [{"name": "results", "ansible.builtin.debug": {"var": "source_results"}}],
        },
        arguments=arguments,
    )


def results(run: Run) -> list[dict[str, t.Any]]:
    return t.cast(list[dict[str, t.Any]], run["results"].source_results)


@pytest.mark.proof("role source")
def test_from_definitions_to_supported_sources(lab: Lab) -> None:
    (lab.folder / "sources").mkdir()
    (lab.folder / "sources" / "second.yml").write_text(yaml.safe_dump(rest("second source")), encoding="utf-8")
    definitions: list[Spec] = [
        {"definition": rest("first")},
        # As surveys and inventories have it: null is the same as nothing.
        {"src": "sources/second.yml", "definition": None, "match_on": None, "flow_spec_name": None},
        {"definition": json.loads(STREAMING.read_text(encoding="utf-8"))},
        {"definition": rest("by name", type="of-our-own"), "flow_spec_name": "CRMToAEP"},
        {"definition": rest("by id"), "flow_spec_id": REST_STORAGE},
        {"definition": rest("alone", type="of-our-own"), "link": False},
    ]
    before = {spec["id"]: spec for spec in lab.specs(FLOW_SPECS)}

    predicted = source(lab, definitions, "--check", "--diff")
    assert predicted.status == 0, predicted.output
    assert lab.writes() == []
    assert "+- id-of-second-source" in predicted.output

    lab.forget_requests()
    first = source(lab, definitions)
    assert first.status == 0, first.output
    made = results(first)
    names = ["first", "second source", "fixture-streaming", "by name", "by id", "alone"]
    assert [row["name"] for row in made] == names
    assert [row["connection_spec_action"] for row in made] == ["created"] * 6
    assert [row["link_action"] for row in made] == ["linked"] * 5 + ["none"]
    assert [row["flow_spec_name"] for row in made] == [
        "RestStorageToAEP",
        "RestStorageToAEP",
        "GenericStreamingAEP",
        "CRMToAEP",
        "RestStorageToAEP",
        None,
    ]
    # What check mode said, but for the ids that nobody could know.
    for row, foretold in zip(made, results(predicted), strict=True):
        assert {**row, "connection_spec_id": None} == foretold
    ids = [row["connection_spec_id"] for row in made]
    after = {spec["id"]: spec for spec in lab.specs(FLOW_SPECS)}
    assert after[REST_STORAGE]["sourceConnectionSpecIds"] == [
        *before[REST_STORAGE]["sourceConnectionSpecIds"],
        ids[0],
        ids[1],
        ids[4],
    ]
    assert after[GENERIC_STREAMING]["sourceConnectionSpecIds"][-1] == ids[2]
    for spec_id, spec in after.items():
        assert {**spec, "sourceConnectionSpecIds": 0} == {**before[spec_id], "sourceConnectionSpecIds": 0}
    assert {spec["name"] for spec in lab.specs(CONNECTION_SPECS)} >= set(names)
    # Six connection specs, and one write for each of three flow specs.
    assert [write["method"] for write in lab.writes()] == ["POST"] * 6 + ["PUT"] * 3

    lab.forget_requests()
    second = source(lab, definitions)
    assert second.status == 0, second.output
    assert lab.writes() == []
    assert "changed=0" in second.output
    assert [row["connection_spec_id"] for row in results(second)] == ids
    assert {row["connection_spec_action"] for row in results(second)} == {"unchanged"}
    assert [row["link_action"] for row in results(second)] == ["unchanged"] * 5 + ["none"]
    assert not any(row["changed"] for row in results(second))


def test_an_update_keeps_the_link(lab: Lab) -> None:
    assert source(lab, [{"definition": rest("changing")}]).status == 0
    run = source(lab, [{"definition": rest("changing", version="2.0")}])
    (row,) = results(run)
    assert (row["connection_spec_action"], row["link_action"], row["changed"]) == ("updated", "unchanged", True)
    assert lab.named(CONNECTION_SPECS, "changing")[0]["version"] == "2.0"


def test_when_linking_fails_the_failure_says_what_exists_and_the_next_run_completes(lab: Lab) -> None:
    lab.fault("PUT", "flowSpecs", times=1, type="status", status=403)
    definitions: list[Spec] = [{"definition": rest("half")}]
    run = source(lab, definitions)
    assert run.status == 2
    (made,) = lab.named(CONNECTION_SPECS, "half")
    failure = run["Fail with the next step"].msg
    assert "HTTP 403" in failure
    assert "half" in failure
    assert made["id"] in failure
    assert "Next step: run this role again" in failure
    (row,) = results(run)
    assert row["connection_spec_id"] == made["id"]
    assert (row["connection_spec_action"], row["link_action"]) == ("created", "failed")

    again = source(lab, definitions)
    assert again.status == 0, again.output
    (row,) = results(again)
    assert (row["connection_spec_action"], row["link_action"]) == ("unchanged", "linked")
    assert [spec["id"] for spec in lab.named(CONNECTION_SPECS, "half")] == [made["id"]]
    assert made["id"] in lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"]


def test_when_one_of_several_cannot_be_made_the_others_are_named(lab: Lab) -> None:
    lab.fault("POST", "connectionSpecs", skip=1, type="status", status=400, body={"message": "not this one"})
    run = source(lab, [{"definition": rest("good")}, {"definition": rest("bad")}])
    assert run.status == 2
    failure = run["Fail with the next step"].msg
    assert "not this one" in failure
    assert lab.named(CONNECTION_SPECS, "good")[0]["id"] in failure
    assert [row["connection_spec_action"] for row in results(run)] == ["created", "failed"]


def test_a_definition_with_an_error_stops_before_the_first_request(lab: Lab) -> None:
    auth = {"name": "Key", "spec": {"properties": {"key": {"type": "string", "format": "password"}}}}
    wrong = rest("wrong", authSpec=[auth, auth])
    run = source(lab, [{"definition": rest("fine")}, {"definition": wrong}])
    assert run.status == 2
    assert "AUT021" in run.output
    assert "Next step" in run.output
    assert lab.requests() == []
    applied = source(lab, [{"definition": wrong}], "-e", "source_check=false")
    assert applied.status == 0, applied.output
    assert lab.named(CONNECTION_SPECS, "wrong")


REFUSED: dict[str, tuple[list[Spec], str]] = {
    "nothing defined": ([{"link": True}], "exactly one of definition and src"),
    "defined in two ways": ([{"definition": {"name": "x"}, "src": "y"}], "exactly one of definition and src"),
    "two flow specs": (
        [{"definition": rest("x"), "flow_spec_id": "a", "flow_spec_name": "b"}],
        "at most one of flow_spec_id and flow_spec_name",
    ),
    "one that is fine, one that is twice": (
        [{"definition": rest("x")}, {"definition": rest("x")}],
        "one connection spec twice",
    ),
    "no flow spec for the type": (
        [{"definition": rest("fine")}, {"definition": rest("x", type="of-our-own")}],
        "Could not find the flow spec for x",
    ),
    "flow spec that is not there": (
        [{"definition": rest("fine")}, {"definition": rest("x"), "flow_spec_name": "Not There"}],
        "no flow spec has the name Not There",
    ),
    "file that is not there": ([{"definition": rest("fine")}, {"src": "/not/there.yml"}], "cannot be read"),
    "a flow spec": (
        [{"definition": rest("fine")}, {"definition": rest("x", transformationSpecs=[])}],
        "only a flow spec has transformationSpecs",
    ),
    "another type": ([{"definition": rest("x", attributes=[])}], "attributes: it is of type list"),
    "unknown key": ([{"definition": rest("x"), "flowspec": "y"}], "flowspec"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_definitions_are_refused_before_any_write(lab: Lab, case: str) -> None:
    definitions, words = REFUSED[case]
    run = source(lab, definitions)
    assert run.status == 2
    assert words in " ".join(run.output.split())
    assert lab.writes() == []


def test_the_demo_playbook_runs_by_its_name(lab: Lab) -> None:
    run = lab.run_playbook("aep.flow_service.demo")
    assert run.status == 0, run.output
    (made,) = lab.named(CONNECTION_SPECS, "acme-crm")
    assert made["id"] in lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"]


def test_a_source_takes_as_few_requests_as_can_be(lab: Lab) -> None:
    definitions: list[Spec] = [{"definition": rest("acme")}]
    assert source(lab, definitions).status == 0
    # Plan; create between two listings; link between two reads. Nothing is read once more in the end.
    assert lab.calls() == [
        "GET connectionSpecs",
        "GET flowSpecs",
        "GET connectionSpecs",
        "POST connectionSpecs",
        "GET connectionSpecs",
        "GET flowSpecs",
        "PUT flowSpecs",
        "GET flowSpecs",
    ]
    lab.forget_requests()
    assert source(lab, definitions).status == 0
    assert len(lab.calls()) <= 3


@pytest.mark.proof("filter source_plan", "filter source_report")
def test_only_what_differs_is_written(lab: Lab) -> None:
    """Sources that are all at another stage, in one run: each gets what it lacks."""
    linked, unlinked = (lab.store(CONNECTION_SPECS, **rest(name)) for name in ("linked", "unlinked"))
    outdated = lab.store(CONNECTION_SPECS, **rest("outdated", version="0.9"))
    flow_spec = lab.spec(FLOW_SPECS, REST_STORAGE)
    before = flow_spec["sourceConnectionSpecIds"]
    lab.put_state(FLOW_SPECS, REST_STORAGE, {**flow_spec, "sourceConnectionSpecIds": [*before, linked, outdated]})
    lab.forget_requests()
    run = source(lab, [{"definition": rest(name)} for name in ("new", "linked", "outdated", "unlinked")])
    assert run.status == 0, run.output
    assert [
        (row["name"], row["connection_spec_action"], row["link_action"], row["changed"]) for row in results(run)
    ] == [
        ("new", "created", "linked", True),
        ("linked", "unchanged", "unchanged", False),
        ("outdated", "updated", "unchanged", True),
        ("unlinked", "unchanged", "linked", True),
    ]
    new = results(run)[0]["connection_spec_id"]
    assert [row["connection_spec_id"] for row in results(run)] == [new, linked, outdated, unlinked]
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"] == [*before, linked, outdated, new, unlinked]
    assert [write["method"] for write in lab.writes()] == ["POST", "PUT", "PUT"]


def test_a_refusal_names_every_problem(lab: Lab) -> None:
    run = source(
        lab,
        [
            {"definition": rest("one", type="of-our-own")},
            {"definition": rest("two"), "flow_spec_name": "Not There"},
            {"definition": rest("three"), "flow_spec_id": "not-there"},
        ],
    )
    assert run.status == 2
    output = " ".join(run.output.split())
    for words in ("the flow spec for one", "has the name Not There", "has the id not-there", "No changes were made."):
        assert words in output
    assert results(run) == []


def test_a_refusal_does_not_repeat_the_results_of_an_earlier_run(lab: Lab) -> None:
    include = {"name": "aep.flow_service.source"}
    good: list[Spec] = [{"definition": rest("acme")}]
    bad: list[Spec] = [{"definition": rest("acme"), "flow_spec_name": "Not There"}]
    run = lab.play(
        {"name": "first", "ansible.builtin.include_role": include, "vars": {"source_definitions": good}},
        {
            "block": [{"name": "second", "ansible.builtin.include_role": include, "vars": {"source_definitions": bad}}],
            "always": [{"name": "results", "ansible.builtin.debug": {"var": "source_results"}}],
        },
    )
    assert run.status == 2
    assert results(run) == []


def test_a_connection_spec_that_is_not_shown_is_not_called_done(lab: Lab) -> None:
    # The listings of the plan and of the task are right, and all of those after the POST lack the new one.
    lab.fault("GET", "connectionSpecs$", skip=2, times=4, type="replace_body", body={"items": []})
    run = source(lab, [{"definition": rest("acme")}])
    assert run.status == 2
    (made,) = lab.named(CONNECTION_SPECS, "acme")
    message = run["Fail with the next step"].msg
    assert "'acme'" in message
    assert "The service does not list it yet" in message
    assert f"connection spec acme with ID {made['id']}" in message
    assert "Next step: run this role again" in message
    (row,) = results(run)
    assert (row["connection_spec_action"], row["link_action"]) == ("failed", "failed")
    assert (row["connection_spec_id"], row["changed"]) == (made["id"], True)
    completed(lab, made["id"])


@pytest.mark.parametrize("is_there", [True, False], ids=["without the link", "not there"])
def test_a_link_that_is_gone_is_not_called_done(lab: Lab, is_there: bool) -> None:
    lab.variables["AEP_SETTLE_TIME"] = "0.05"
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    # It is read when it is planned, and right before the write: every read after that shows it without the link.
    body = {"items": [before] if is_there else []}
    lab.fault("GET", f"flowSpecs/{REST_STORAGE}$", skip=2, times=None, type="replace_body", body=body)
    run = source(lab, [{"definition": rest("acme")}])
    assert run.status == 2
    (made,) = lab.named(CONNECTION_SPECS, "acme")
    message = run["Fail with the next step"].msg
    assert "RestStorageToAEP" in message
    assert ("the change was gone when it was read back" if is_there else "does not find it now") in message
    assert f"connection spec acme with ID {made['id']}" in message
    assert "Next step: run this role again" in message
    (row,) = results(run)
    assert (row["connection_spec_action"], row["link_action"]) == ("created", "failed")
    lab.end_faults()
    lab.put_state(FLOW_SPECS, REST_STORAGE, before)
    completed(lab, made["id"])


def completed(lab: Lab, made: str) -> None:
    """The next run completes the source, and creates nothing twice."""
    again = source(lab, [{"definition": rest("acme")}])
    assert again.status == 0, again.output
    (row,) = results(again)
    assert (row["connection_spec_id"], row["connection_spec_action"], row["link_action"]) == (
        made,
        "unchanged",
        "linked",
    )
    assert [spec["id"] for spec in lab.named(CONNECTION_SPECS, "acme")] == [made]
    assert made in lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"]
