# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Specs without an ID are recognized by match_on: streaming sources share one name, and stay apart."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab, Run, Spec, task

NAME = "generic-streaming"
PROVIDER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
LABEL = "sourceSpec.attributes.uiAttributes.label"
TEXT = f"{LABEL}.text"


def streaming(label: t.Any, **more: t.Any) -> Spec:
    if isinstance(label, str):
        label = {"text": label}
    attributes = {"uiAttributes": {"isSource": True, **({} if label is None else {"label": label})}}
    spec = {"name": NAME, "providerId": PROVIDER, "version": "1.0", "type": NAME}
    return {**spec, "sourceSpec": {"attributes": attributes}, **more}


def live_source(lab: Lab, label: str | None, flow_spec: str) -> str:
    """Store a streaming source that a flow spec supports; returns its ID."""
    spec = streaming(label)
    return lab.source(spec.pop("name"), flow_spec, **spec)


def labels(lab: Lab) -> dict[str, str]:
    """The label of each live streaming source, by its ID."""
    specs = lab.named(CONNECTION_SPECS, NAME)
    return {spec["id"]: spec["sourceSpec"]["attributes"]["uiAttributes"]["label"]["text"] for spec in specs}


def test_streaming_sources_are_told_apart_by_their_labels(lab: Lab) -> None:
    def module(name: str, label: str, **more: t.Any) -> dict[str, t.Any]:
        arguments = {"definition": streaming(label, description="one"), "match_on": [TEXT]}
        return task(name, "connection_spec", **arguments, **more)

    run = lab.play(
        module("one", "A"),
        module("predicted", "B", check=True),
        module("two", "B"),
        task("again", "connection_spec", definition=streaming("A", description="one"), match_on=[TEXT]),
        task("updated", "connection_spec", definition=streaming("B", description="new"), match_on=["name", LABEL]),
    )
    assert run.status == 0, run.output
    assert labels(lab) == {run["one"].id: "A", run["two"].id: "B"}
    assert run["predicted"].changes == run["two"].changes
    assert run["predicted"].match == run["two"].match == {TEXT: "B"}
    assert not run["again"].changed
    assert run["again"].id == run["one"].id
    assert run["updated"].id == run["two"].id
    assert [change["path"] for change in run["updated"].changes] == ["description"]
    assert lab.spec(CONNECTION_SPECS, run["one"].id)["description"] == "one"
    assert [write["method"] for write in lab.writes()] == ["POST", "POST", "PUT"]


@pytest.mark.real
@pytest.mark.parametrize("match_on", [None, ["name"], ["name", "providerId", "type"]])
@pytest.mark.parametrize("check", [True, False])
def test_a_name_alone_never_writes_over_a_streaming_source(lab: Lab, match_on: list[str] | None, check: bool) -> None:
    theirs = lab.store(CONNECTION_SPECS, **streaming("Theirs"))
    arguments = {"match_on": match_on} if match_on else {}
    unknown = {"id": "of-another-sandbox"}
    run = lab.play(
        {**task("one", "connection_spec", definition=streaming("Ours"), **arguments), "ignore_errors": True},
        {**task("id", "connection_spec", definition=streaming("Ours") | unknown, **arguments), "ignore_errors": True},
        task("bulk", "connection_specs", definitions=[streaming("Ours")], **arguments),
        arguments=("--check",) if check else (),
    )
    assert run.status == 2
    for name in ("one", "id", "bulk"):
        assert f"{theirs} (label text 'Theirs')" in run[name].msg
        assert f"match_on: [{TEXT}]" in run[name].msg
        assert "No changes were made." in run[name].msg
    assert run["one"].ids == [theirs]
    assert lab.writes() == []


@pytest.mark.real
def test_the_first_streaming_source_needs_no_match_on(lab: Lab) -> None:
    run = lab.play(
        {**task("one", "connection_spec", definition=streaming("A")), "register": "one"},
        task("by id", "connection_spec", definition={**streaming("A2"), "id": "{{ one.id }}"}),
    )
    assert run.status == 0, run.output
    assert labels(lab) == {run["one"].id: "A2"}


def test_a_name_in_another_case_is_another_name(lab: Lab) -> None:
    theirs = lab.store(CONNECTION_SPECS, **streaming("Theirs", name="Generic-Streaming"))
    outcome = lab.one("connection_spec", {"definition": streaming("Ours")})
    assert outcome.changed
    assert outcome.id != theirs


def test_a_list_is_matched_by_the_same_rule(lab: Lab) -> None:
    other = lab.store(CONNECTION_SPECS, **streaming("Other"))
    batch = {"name": "acme", "providerId": BATCH_PROVIDER, "version": "1.0"}
    labelled = {"sourceSpec": {"attributes": {"uiAttributes": {"label": {"key": "acme"}}}}}
    definitions = [streaming("A"), streaming("B"), {**batch, **labelled}]
    refused = lab.one("connection_specs", {"definitions": definitions[:2]})
    assert "definitions[0] and definitions[1] both define the connection spec" in refused.msg
    assert f"match_on to a path that tells them apart, such as {LABEL}" in refused.msg
    assert lab.requests() == []
    mixed = lab.one("connection_specs", {"definitions": definitions, "match_on": [TEXT]})
    assert mixed.failed
    assert [entry["action"] for entry in mixed.results] == ["created", "created", "failed"]
    assert f"definitions[2]: the definition has no value at {TEXT}" in mixed.results[2]["msg"]
    lab.forget_requests()
    run = lab.play(
        task("first", "connection_specs", definitions=definitions, match_on=[LABEL]),
        task("again", "connection_specs", definitions=definitions, match_on=[LABEL]),
        task("twice", "connection_specs", definitions=[definitions[0], streaming("A", version="2")], match_on=[TEXT]),
    )
    assert [entry["action"] for entry in run["first"].results] == ["unchanged", "unchanged", "created"]
    assert {entry["action"] for entry in run["again"].results} == {"unchanged"}
    assert run["again"].api["requests"] == 1
    assert other in [spec["id"] for spec in run["again"].unmanaged]
    assert (
        f'definitions[0] and definitions[1] both define the connection spec with the values {TEXT} "A"'
        in run["twice"].msg
    )
    assert sorted(labels(lab).values()) == ["A", "B", "Other"]


REFUSED: dict[str, tuple[Spec, str]] = {
    "no value": ({"definition": streaming(None), "match_on": [TEXT]}, f"the definition has no value at {TEXT}"),
    "an empty value": ({"definition": streaming(""), "match_on": [TEXT]}, f"the definition has no value at {TEXT}"),
    "the other form": ({"definition": streaming({"key": "a"}), "match_on": [TEXT]}, f"no value at {TEXT}"),
    "several values": ({"definition": streaming("A"), "match_on": ["authSpec.*.name"]}, "* stands for several"),
    "no path": ({"definition": streaming("A"), "match_on": ["a..b"]}, "match_on: 'a..b' is no dotted path"),
    "what the service sets": ({"definition": streaming("A"), "match_on": ["id"]}, "the service sets id itself"),
    "what is ignored": (
        {"definition": streaming("A"), "match_on": [TEXT], "ignore_paths": ["sourceSpec.*.uiAttributes"]},
        f"ignore_paths leaves {TEXT} out",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_identify_a_spec_is_refused_before_any_request(lab: Lab, case: str) -> None:
    arguments, words = REFUSED[case]
    outcome = lab.one("connection_spec", arguments)
    assert outcome.failed
    assert words in outcome.msg
    assert lab.requests() == []


def test_what_identifies_need_not_be_the_name(lab: Lab) -> None:
    # Such as a source that was given another name than Adobe's.
    wrong = lab.store(CONNECTION_SPECS, **streaming("A", name="acme-events"))
    batch = lab.store(CONNECTION_SPECS, **streaming("B", name="acme", providerId=BATCH_PROVIDER))
    unlabelled = lab.store(CONNECTION_SPECS, **streaming(None))
    run = lab.play(
        task("rename", "connection_spec", definition=streaming("A"), match_on=[TEXT]),
        {**task("other", "connection_spec", definition=streaming("B"), match_on=[TEXT]), "ignore_errors": True},
        task("apart", "connection_spec", definition=streaming("B"), match_on=[TEXT, "providerId"]),
    )
    assert run.status == 0, run.output
    assert run["rename"].id == wrong
    assert [change["path"] for change in run["rename"].changes] == ["name"]
    assert batch in run["other"].msg
    assert "add providerId to match_on" in run["other"].msg
    assert run["apart"].id not in (batch, wrong, unlabelled)
    assert lab.spec(CONNECTION_SPECS, batch)["name"] == "acme"


def test_several_that_match_are_a_failure_that_names_them(lab: Lab) -> None:
    ids = {lab.store(CONNECTION_SPECS, **streaming("Same")) for _time in range(2)}
    arguments = {"match_on": [TEXT]}
    run = lab.play(
        {**task("one", "connection_spec", definition=streaming("Same"), **arguments), "ignore_errors": True},
        task("many", "connection_specs", definitions=[streaming("Same")], **arguments),
    )
    assert set(run["one"].ids) == ids
    assert set(run["many"].results[0]["ids"]) == ids
    assert lab.writes() == []


def test_a_spec_does_not_become_a_duplicate_by_a_new_label(lab: Lab) -> None:
    taken, ours = (lab.store(CONNECTION_SPECS, **streaming(label)) for label in ("Taken", "Ours"))
    outcome = lab.one("connection_spec", {"id": ours, "definition": streaming("Taken")})
    assert outcome.failed
    assert taken in outcome.msg
    assert lab.writes() == []
    assert lab.one("connection_spec", {"id": ours, "definition": streaming("Free")}).changed


def test_flow_specs_are_matched_by_the_same_rule(lab: Lab) -> None:
    ids = {version: lab.store(FLOW_SPECS, name="twin", version=version) for version in ("1.0", "2.0")}
    definition = {"name": "twin", "version": "2.0", "type": "new"}
    outcome = lab.one("flow_spec", {"definition": definition, "match_on": ["name", "version"]})
    assert outcome.id == ids["2.0"]
    assert outcome.match == {"name": "twin", "version": "2.0"}


def test_one_list_is_for_both_kinds(lab: Lab) -> None:
    """The audit, and whoever applies it, passes the same list for flow specs and for connection specs."""
    definition = {"name": "own", "providerId": BATCH_PROVIDER, "version": "1.0"}
    for match_on in (["name", TEXT], [TEXT]):
        outcome = lab.one("flow_specs", {"definitions": [definition], "match_on": match_on})
        assert not outcome.failed, outcome.result
    assert len([spec for spec in lab.specs(FLOW_SPECS) if spec["name"] == "own"]) == 1
    # A module for one spec takes the paths at their word.
    assert "no value at" in lab.one("flow_spec", {"definition": definition, "match_on": [TEXT]}).msg


@pytest.mark.parametrize("match_on", [[], [TEXT]])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_post_is_looked_up_by_what_identifies(lab: Lab, match_on: list[str], when: str) -> None:
    # Another one of the name turns up at the same moment.
    if match_on:
        theirs = lab.store(CONNECTION_SPECS, **streaming("Theirs"))
    lab.fault("POST", "connectionSpecs$", type="reset", when=when)
    outcome = lab.one("connection_spec", {"definition": streaming("Ours"), "match_on": match_on})
    assert outcome.changed
    found = labels(lab)
    assert found.pop(outcome.id) == "Ours"
    assert found == ({theirs: "Theirs"} if match_on else {})


SOURCES = [{"definition": streaming("A"), "match_on": [TEXT]}, {"definition": streaming("B"), "match_on": [TEXT]}]


def source(lab: Lab, definitions: list[t.Any], *arguments: str) -> Run:
    include = {"ansible.builtin.include_role": {"name": "aep.flow_service.source"}}
    return lab.play(
        {"name": "role", **include, "vars": {"source_definitions": definitions}},
        {"name": "results", "ansible.builtin.debug": {"var": "source_results"}},
        arguments=arguments,
    )


def promote(lab: Lab, ids: list[str], *arguments: str) -> Run:
    hosts = lab.inventory({name: {"aep_sandbox_name": name} for name in ("dev", "prod")})
    chosen = {"promote_from": "dev", "promote_to": "prod", "promote_connection_specs": ids}
    return lab.run_playbook("aep.flow_service.promote", "-i", hosts, "-e", json.dumps(chosen), *arguments)


@pytest.mark.real("worker")
def test_from_definitions_to_sources_in_two_sandboxes(lab: Lab) -> None:
    """Created and linked, audited, exported, applied again, and promoted: two sources of one name all the way."""
    dev, prod = lab.in_sandbox("dev"), lab.in_sandbox("prod")
    theirs = live_source(prod, "Theirs", GENERIC_STREAMING)
    predicted = source(dev, SOURCES, "--check", "--diff")
    assert predicted.status == 0, predicted.output
    assert "+- id-of-generic-streaming-1\n" in predicted.output
    assert "+- id-of-generic-streaming-2\n" in predicted.output
    assert lab.writes() == []
    made = source(dev, SOURCES)
    assert made.status == 0, made.output
    ids = [row["connection_spec_id"] for row in made["results"].source_results]
    assert labels(dev) == dict(zip(ids, "AB", strict=True))
    assert dev.spec(FLOW_SPECS, GENERIC_STREAMING)["sourceConnectionSpecIds"][-2:] == ids
    lab.forget_requests()
    again = source(dev, SOURCES)
    assert again.status == 0, again.output
    assert [row["link_action"] for row in again["results"].source_results] == ["unchanged"] * 2
    assert lab.writes() == []

    folder = lab.folder / "specs" / "connection_specs"
    folder.mkdir(parents=True)
    for label in "AB":
        (folder / f"{label}.yml").write_text(yaml.safe_dump(streaming(label)), encoding="utf-8")
    audit = {"ansible.builtin.include_role": {"name": "aep.flow_service.audit"}}
    audited = dev.play(
        {"name": "audit", **audit, "vars": {"audit_src": str(folder.parent), "audit_match_on": [TEXT]}},
        task("open", "audit_info", connection_specs_src=str(folder)),
    )
    assert audited.status == 0, audited.output
    assert audited["open"].audit["counts"]["invalid"] == 2
    assert ids[0] in audited["open"].audit["findings"][0]["message"]

    exported = lab.folder / "exported"
    run = dev.play(
        task("export", "spec_export", dest=str(exported), kinds=["connection_specs"], names=[NAME]),
        task("apply", "connection_specs", src=str(exported)),
        task("export again", "spec_export", dest=str(exported), kinds=["connection_specs"], names=[NAME]),
    )
    assert run.status == 0, run.output
    assert sorted(file.name for file in exported.rglob("*.yml")) == sorted(f"{NAME}.{spec_id}.yml" for spec_id in ids)
    assert not run["apply"].changed
    assert not run["export again"].changed

    lab.forget_requests()
    planned = promote(lab, ids, "--check", "--diff")
    assert planned.status == 0, planned.output
    for spec_id in ids:
        assert f"+- id-of-generic-streaming-{spec_id}\n" in planned.output
    assert lab.writes() == []
    promoted = promote(lab, ids)
    assert promoted.status == 0, promoted.output
    there = labels(prod)
    assert sorted(there.values()) == ["A", "B", "Theirs"]
    linked = prod.spec(FLOW_SPECS, GENERIC_STREAMING)["sourceConnectionSpecIds"]
    assert theirs in linked
    assert set(linked) >= set(there)
    lab.forget_requests()
    repeated = promote(lab, ids)
    assert repeated.status == 0, repeated.output
    assert lab.writes() == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("definitions", "words"),
    [
        ([SOURCES[0], SOURCES[0]], "define one connection spec twice"),
        ([{"definition": streaming("A")}, {"definition": streaming("B")}], "define one connection spec twice"),
        ([SOURCES[0], {"definition": streaming("B")}], "and their match_on differ"),
    ],
)
def test_sources_that_cannot_be_told_apart_are_refused_before_any_write(
    lab: Lab, definitions: list[t.Any], words: str
) -> None:
    run = source(lab, definitions)
    assert run.status == 2
    assert words in " ".join(run.output.split())
    assert lab.writes() == []


def test_an_export_names_the_file_of_a_streaming_source_alike_however_many_there_are(lab: Lab) -> None:
    first = lab.store(CONNECTION_SPECS, **streaming("A"))
    arguments = {"kinds": ["connection_specs"], "names": [NAME]}
    alone = lab.one("spec_export", {"dest": str(lab.folder / "alone"), **arguments})
    second = lab.store(CONNECTION_SPECS, **streaming("B"))
    both = lab.one("spec_export", {"dest": str(lab.folder / "both"), **arguments})
    names = [[str(file["path"]).rpartition("/")[2] for file in outcome.files] for outcome in (alone, both)]
    assert names == [[f"{NAME}.{first}.yml"], sorted(f"{NAME}.{one}.yml" for one in (first, second))]


@pytest.mark.real
def test_a_source_without_a_label_is_not_promoted(lab: Lab) -> None:
    dev = lab.in_sandbox("dev")
    spec_id = live_source(dev, None, REST_STORAGE)
    lab.in_sandbox("prod").store(CONNECTION_SPECS, **streaming(None))
    run = promote(lab, [spec_id])
    assert run.status == 2
    assert "it has no label that identifies it" in " ".join(run.output.split())
    assert lab.writes() == []
