# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that write: create, update, unchanged and check mode, seen from outside."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import (
    BATCH_PROVIDER,
    CONNECTION_SPECS,
    FIXTURES,
    FLOW_SPECS,
    REST_STORAGE,
    Lab,
    Outcome,
    Spec,
    task,
)

KINDS = {"flow_spec": (FLOW_SPECS, "flow_specs"), "connection_spec": (CONNECTION_SPECS, "connection_specs")}
OWNED = {"id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient"}
OWNED |= {"sandboxId", "sandboxName", "imsOrgId"}
SPELLINGS = ("transformationSpec", "transformationSpecDTOS")


def load(file: str) -> Spec:
    """A fixture, just as it is."""
    return t.cast(Spec, yaml.safe_load(Path(file).read_text(encoding="utf-8")))


def bare(definition: Spec) -> Spec:
    """A definition out of its wrapping."""
    return t.cast(Spec, definition["items"][0]) if "items" in definition else definition


def content_of(file: str) -> Spec:
    """What a fixture defines, as the service is to keep it."""
    spec = bare(load(file))
    renamed = {("transformationSpecs" if name in SPELLINGS else name): value for name, value in spec.items()}
    return {name: value for name, value in renamed.items() if name not in OWNED}


def prediction(outcome: Outcome) -> Spec:
    """What a task says it changes."""
    return {name: outcome.result[name] for name in ("changed", "changes", "diff", "previous")}


@pytest.mark.real
@pytest.mark.parametrize("module", KINDS)
def test_every_payload_shape_as_definition_and_as_file(lab: Lab, module: str) -> None:
    kind, folder = KINDS[module]
    files = sorted(str(path) for path in (FIXTURES / folder).iterdir())
    loaded = [{"file": file, "definition": load(file)} for file in files]
    run = lab.play(
        {"name": "predict", f"aep.flow_service.{module}": {"src": "{{ item }}"}, "loop": files, "check_mode": True},
        {"name": "apply", f"aep.flow_service.{module}": {"src": "{{ item }}"}, "loop": files},
        {"name": "again", f"aep.flow_service.{module}": {"src": "{{ item }}"}, "loop": files},
        {
            "name": "as definition",
            f"aep.flow_service.{module}": {"definition": "{{ item.definition }}"},
            "loop": loaded,
            "loop_control": {"label": "{{ item.file }}"},
        },
    )
    assert run.status == 0, run.output
    for name, changed in (("predict", True), ("apply", True), ("again", False), ("as definition", False)):
        assert [item["changed"] for item in run[name].result["results"]] == [changed] * len(files), name
    for file, predicted, applied in zip(
        files, run["predict"].result["results"], run["apply"].result["results"], strict=True
    ):
        wanted = content_of(file)
        stored = lab.spec(kind, applied["id"])
        assert {name: value for name, value in stored.items() if name not in OWNED} == wanted
        for key in ("changes", "diff", "previous", "changed"):
            assert predicted[key] == applied[key]
        # A look, the POST, and a look after it; and one by the id before, where the definition has one.
        assert applied["api"]["requests"] == (4 if "id" in bare(load(file)) else 3)
        assert applied["api"]["writes"] == 1
        assert predicted["api"]["writes"] == 0
    assert len(lab.writes()) == len(files)


@pytest.mark.proof("promise 2")
@pytest.mark.parametrize("module", KINDS)
def test_create_update_unchanged_by_options(lab: Lab, module: str) -> None:
    kind, _folder = KINDS[module]
    first = {"name": "by-options", "provider_id": BATCH_PROVIDER, "version": "1.0", "attributes": {"a": {"b": [1, 2]}}}
    second = {"name": "by-options", "version": "2.0"}
    run = lab.play(
        task("predict create", module, check=True, **first),
        task("create", module, **first),
        task("unchanged", module, **first),
        task("predict update", module, check=True, **second),
        task("update", module, **second),
        task("unchanged again", module, **second),
    )
    assert run.status == 0, run.output
    create, update = run["create"], run["update"]
    assert prediction(run["predict create"]) == prediction(create)
    assert prediction(run["predict update"]) == prediction(update)
    assert create.changed
    assert update.changed
    assert not run["unchanged"].changed
    assert not run["unchanged again"].changed
    assert run["predict create"].id is None
    assert run["unchanged"].changes == []
    assert run["unchanged"].previous is None
    assert update.changes == [{"path": "version", "before": "1.0", "after": "2.0"}]
    assert update.diff == {
        "before": "name: by-options\nversion: '1.0'\n",
        "after": "name: by-options\nversion: '2.0'\n",
    }
    assert update.previous == {
        "id": create.id,
        "name": "by-options",
        "providerId": BATCH_PROVIDER,
        "version": "1.0",
        "attributes": {"a": {"b": [1, 2]}},
    }
    stored = lab.spec(kind, create.id)
    assert stored["version"] == "2.0"
    assert stored["attributes"] == {"a": {"b": [1, 2]}}, "a field that is not given is left as it is"
    assert update.result[module] == stored
    floors = {"create": (3, 1), "unchanged": (1, 0), "update": (3, 1), "unchanged again": (1, 0)}
    for name, (requests, writes) in floors.items():
        assert (run[name].api["requests"], run[name].api["writes"]) == (requests, writes), name
        assert len(run[name].api["request_ids"]) == requests
    assert len(lab.requests("ims")) == 1, "one token for the whole play"


@pytest.mark.real
def test_previous_goes_back(lab: Lab) -> None:
    run = lab.play(
        task("update", "flow_spec", id=REST_STORAGE, attributes={"only": "this"}, schedule_spec={})
        | {"register": "update"},
        task("back", "flow_spec", definition="{{ update.previous }}"),
    )
    assert run.status == 0, run.output
    assert run["back"].changed
    assert {name: value for name, value in lab.spec(FLOW_SPECS, REST_STORAGE).items() if name not in OWNED} == {
        name: value for name, value in run["update"].previous.items() if name != "id"
    }


def test_fields_that_are_unknown_or_not_given_are_kept(lab: Lab) -> None:
    spec_id = lab.store(
        FLOW_SPECS, name="with-extras", version="1.0", futureField={"x": [None, 1.5]}, attributes={"a": 1}
    )
    outcome = lab.one("flow_spec", {"name": "with-extras", "version": "1.1"})
    assert outcome.changed
    stored = lab.spec(FLOW_SPECS, spec_id)
    assert stored["futureField"] == {"x": [None, 1.5]}
    assert stored["attributes"] == {"a": 1}


def test_managed_fields_are_compared_in_both_directions(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="two-way", attributes={"kept": 1, "gone": 2, "list": [1, 2, 3]})
    outcome = lab.one("flow_spec", {"name": "two-way", "attributes": {"kept": 1, "list": [1, 3]}})
    assert outcome.changes == [
        {"path": "attributes.gone", "before": 2, "after": None},
        {"path": "attributes.list.1", "before": 2, "after": 3},
        {"path": "attributes.list.2", "before": 3, "after": None},
    ]
    assert lab.named(FLOW_SPECS, "two-way")[0]["attributes"] == {"kept": 1, "list": [1, 3]}


def test_null_in_a_definition_takes_a_field_away(lab: Lab) -> None:
    spec_id = lab.store(CONNECTION_SPECS, name="described", description="to go", version="1.0")
    run = lab.play(
        task("remove", "connection_spec", definition={"name": "described", "description": None}),
        task("again", "connection_spec", definition={"name": "described", "description": None}),
    )
    assert run["remove"].changed
    assert not run["again"].changed
    assert "description" not in lab.spec(CONNECTION_SPECS, spec_id)


def test_sets_are_compared_as_sets(lab: Lab) -> None:
    permissions = {"view": [{"@type": "lowLevel", "name": "X", "permissions": ["read", "list"]}]}
    lab.store(
        FLOW_SPECS,
        name="sets",
        sourceConnectionSpecIds=["a", "b", "c"],
        targetConnectionSpecIds=["x", "y"],
        permissionsInfo=permissions,
        attributes={"ordered": [1, 2]},
    )
    shuffled = {"view": [{"@type": "lowLevel", "name": "X", "permissions": ["list", "read"]}]}
    run = lab.play(
        task(
            "shuffled",
            "flow_spec",
            name="sets",
            source_connection_spec_ids=["c", "a", "b", "a"],
            target_connection_spec_ids=["y", "x"],
            permissions_info=shuffled,
        ),
        task("ordered", "flow_spec", name="sets", attributes={"ordered": [2, 1]}),
        task("one other", "flow_spec", name="sets", source_connection_spec_ids=["d", "c", "a"]),
    )
    assert not run["shuffled"].changed
    assert run["ordered"].changed
    assert run["one other"].changes == [
        {"path": "sourceConnectionSpecIds", "before": ["a", "b", "c"], "after": ["a", "c", "d"]}
    ]


def test_ignore_paths(lab: Lab) -> None:
    attributes = {"label": "theirs", "deep": {"x": 1, "y": 2}, "with.dot": 1}
    lab.store(CONNECTION_SPECS, name="ignoring", attributes=attributes, authSpec=[{"name": "one", "note": "theirs"}])
    wanted = {"label": "ours", "deep": {"x": 9}, "with.dot": 2}
    arguments = {
        "name": "ignoring",
        "attributes": wanted,
        "auth_spec": [{"name": "two", "note": "ours"}],
        "ignore_paths": ["attributes.label", "attributes.deep.y", "authSpec.*.note", "attributes.with\\.dot"],
    }
    run = lab.play(
        task("predict", "connection_spec", check=True, **arguments),
        task("apply", "connection_spec", **arguments),
        task("again", "connection_spec", **arguments),
    )
    assert run["apply"].changes == [
        {"path": "attributes.deep.x", "before": 1, "after": 9},
        {"path": "authSpec.0.name", "before": "one", "after": "two"},
    ]
    assert prediction(run["predict"]) == prediction(run["apply"])
    assert not run["again"].changed
    stored = lab.named(CONNECTION_SPECS, "ignoring")[0]
    assert stored["attributes"] == {"label": "theirs", "deep": {"x": 9, "y": 2}, "with.dot": 1}
    assert stored["authSpec"] == [{"name": "two", "note": "theirs"}]


def test_options_win_over_definition(lab: Lab) -> None:
    definition = {"name": "from-definition", "providerId": BATCH_PROVIDER, "version": "1.0", "type": "kept"}
    outcome = lab.one("connection_spec", {"definition": definition, "version": "2.0", "name": "from-option"})
    assert outcome.changed
    stored = lab.spec(CONNECTION_SPECS, outcome.id)
    assert (stored["name"], stored["version"], stored["type"]) == ("from-option", "2.0", "kept")


def test_provider_tells_namesakes_apart(lab: Lab) -> None:
    ids = [lab.store(FLOW_SPECS, name="twin", providerId=provider) for provider in ("p-1", "p-2")]
    run = lab.play(
        task("second", "flow_spec", name="twin", provider_id="p-2", version="7"),
        task("third", "flow_spec", name="twin", provider_id="p-3", version="7"),
    )
    assert run["second"].id == ids[1]
    assert run["third"].id not in ids
    assert len(lab.named(FLOW_SPECS, "twin")) == 3


@pytest.mark.parametrize("spelling", ["transformationSpecs", "transformationSpec", "transformationSpecDTOS"])
def test_every_spelling_of_the_transformations_means_the_same(lab: Lab, spelling: str) -> None:
    transformations = lab.spec(FLOW_SPECS, REST_STORAGE)["transformationSpecs"]
    outcome = lab.one("flow_spec", {"definition": {"id": REST_STORAGE, spelling: transformations}})
    assert not outcome.changed
    assert lab.writes() == []


def test_an_empty_list_that_the_service_leaves_out_is_no_change(lab: Lab) -> None:
    lab.switch(drop_empty_lists=True)
    arguments = {"src": str(FIXTURES / "connection_specs" / "streaming.post.request.json")}
    run = lab.play(task("apply", "connection_spec", **arguments), task("again", "connection_spec", **arguments))
    assert run["apply"].changed
    assert run["apply"].api["requests"] == 3
    assert not run["again"].changed


@pytest.mark.parametrize("wrapped", ["never", "both"])
def test_answers_bare_or_wrapped(lab: Lab, wrapped: str) -> None:
    lab.switch(wrap_answers=wrapped)
    run = lab.play(
        task("create", "flow_spec", name="wrapped", provider_id=BATCH_PROVIDER),
        task("update", "flow_spec", name="wrapped", version="3"),
    )
    assert run["create"].id == run["update"].id
    assert (run["create"].api["requests"], run["update"].api["requests"]) == (3, 3)


def test_strange_values_come_back_as_they_are(lab: Lab) -> None:
    strange = {
        "big": 12345678901234567890123,
        "float": 1.5,
        "whole float": 2.0,
        "true": True,
        "one": 1,
        "null": None,
        "": "empty key",
        "a.b": {"c.d": [[], {}, [[1]]]},
        "text": "Ünïcödé \u2028 \U0001f600 {{ no template }} # 'quotes\"",
    }
    (lab.folder / "strange.json").write_text(
        json.dumps({"name": "strange ✓", "providerId": BATCH_PROVIDER, "attributes": strange}), encoding="utf-8"
    )
    run = lab.play(task("apply", "flow_spec", src="strange.json"), task("again", "flow_spec", src="strange.json"))
    assert run.status == 0, run.output
    assert run["apply"].changed
    assert not run["again"].changed
    assert lab.named(FLOW_SPECS, "strange ✓")[0]["attributes"] == strange


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), ("1", 1), (None, {}), ([1], {"0": 1})])
def test_values_that_python_takes_for_equal_or_alike_are_told_apart(lab: Lab, before: object, after: object) -> None:
    lab.store(FLOW_SPECS, name="alike", attributes={"x": before})
    (lab.folder / "alike.json").write_text(json.dumps({"name": "alike", "attributes": {"x": after}}), encoding="utf-8")
    outcome = lab.one("flow_spec", {"src": str(lab.folder / "alike.json")}, check=True)
    assert outcome.changed


def test_a_rename_does_not_make_a_second_spec_of_a_name(lab: Lab) -> None:
    taken = lab.store(FLOW_SPECS, name="taken")
    other = lab.store(FLOW_SPECS, name="other")
    run = lab.play(
        task("refused", "flow_spec", id=other, name="taken") | {"ignore_errors": True},
        task("renamed", "flow_spec", id=other, name="free"),
    )
    assert run["refused"].failed
    assert taken in run["refused"].msg
    assert run["renamed"].changes == [{"path": "name", "before": "other", "after": "free"}]
    assert [spec["id"] for spec in lab.named(FLOW_SPECS, "taken")] == [taken]
