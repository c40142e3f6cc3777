# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 1: check mode tells the truth. It never writes, and what it says is what the run then says."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind
from lab import CONNECTION_SPECS, FIXTURES, FLOW_SPECS, REST_STORAGE, Lab, Spec, Task, task

MODULES = {FLOW_SPECS: "flow_spec", CONNECTION_SPECS: "connection_spec"}
FOLDERS = {FLOW_SPECS: "flow_specs", CONNECTION_SPECS: "connection_specs"}


def fixtures(kind: str) -> list[Spec]:
    """Every definition among the fixtures, as it is in its file."""
    return [yaml.safe_load(file.read_text("utf-8")) for file in sorted((FIXTURES / FOLDERS[kind]).iterdir())]


def bare(definition: Spec) -> Spec:
    """The spec of a definition: answers of the service have it in a list."""
    return t.cast(Spec, definition["items"][0] if "items" in definition else definition)


def foretold(lab: Lab, steps: list[tuple[str, Spec]]) -> int:
    """Run each step in check mode, for real, and again; how many of them changed something."""
    plan = [
        task(f"{number} {part}", module, check=part == "foretell", **arguments)
        for number, (module, arguments) in enumerate(steps)
        for part in ("foretell", "do", "again")
    ]
    run = lab.play(*plan, arguments=("--diff",), AEP_SETTLE_TIME="0.05")
    assert run.status == 0, run.output
    changed = 0
    for number, step in enumerate(steps):
        prediction, result, again = (run[f"{number} {part}"].result for part in ("foretell", "do", "again"))
        assert prediction["api"]["writes"] == 0, step
        for key in ("changed", "changes", "previous"):
            assert prediction.get(key) == result.get(key), (step, key)
        assert shown(prediction) == shown(result), step
        assert told_of(prediction) == told_of(result), step
        assert (result["api"]["writes"] > 0) == result["changed"], step
        assert not again["changed"], step
        assert again.get("changes", []) == [], step
        changed += result["changed"]
    # What the tasks say of their writes is what the service saw.
    assert len(lab.writes()) == sum(outcome.api["writes"] for outcome in run.outcomes)
    return changed


def shown(result: Spec) -> list[Spec]:
    """The diff of a result, but for the headers, which name the id where there is one."""
    diffs = result["diff"] if isinstance(result["diff"], list) else [result["diff"]]
    return [{name: text for name, text in one.items() if not name.endswith("_header")} for one in diffs]


def told_of(result: Spec) -> list[Spec]:
    """What a result says of specs, but for the ids and the stamps that only the service can give."""
    told: list[Spec] = [result[name] for name in ("flow_spec", "connection_spec") if name in result]
    told += result.get("results", [])
    return [{name: value for name, value in one.items() if name not in Kind.owned} for one in told]


@pytest.mark.parametrize("kind", MODULES)
def test_one_spec_from_every_fixture(lab: Lab, kind: str, record_property: t.Any) -> None:
    module = MODULES[kind]
    steps: list[tuple[str, Spec]] = []
    for definition in fixtures(kind):
        spec = bare(definition)
        name = {"name": spec["name"], "provider_id": spec["providerId"]}
        steps += [
            (module, {"definition": definition}),
            (module, {**name, "version": "of-another-time", "attributes": {"isSource": False, "é": [None, 1.5]}}),
            (module, {**name, "definition": {"attributes": None}}),
            (module, {**name, "attributes": {"a": {"b": 1, "c": 2}}, "ignore_paths": ["attributes.a.b"]}),
            (module, {"definition": definition, "ignore_paths": ["attributes"]}),
            (module, {"definition": definition}),
        ]
    changed = foretold(lab, steps)
    assert changed > len(steps) / 2
    record_property("predictions compared", len(steps))


@pytest.mark.parametrize("kind", MODULES)
def test_many_specs_from_every_fixture(lab: Lab, kind: str, record_property: t.Any) -> None:
    """Created, updated and unchanged, in one task."""
    specs = {(bare(one)["name"], bare(one)["providerId"]): one for one in fixtures(kind)}
    definitions = [{**bare(one), "id": f"of-no-sandbox-{number}"} for number, one in enumerate(specs.values())]
    for number, spec in enumerate(definitions):
        if number % 3:
            lab.store(
                kind,
                **{**spec, "id": f"there-{number}", "version": "old" if number % 3 == 1 else spec.get("version", "1")},
            )
    module = f"{MODULES[kind]}s"
    assert foretold(lab, [(module, {"definitions": definitions}), (module, {"definitions": definitions[::-1]})]) == 1
    record_property("predictions compared", 2 * len(definitions))


@pytest.mark.proof("promise 1")
@pytest.mark.parametrize("etags", ["off", "both"])
def test_links(lab: Lab, etags: str, record_property: t.Any) -> None:
    lab.switch(etags=etags)
    ids = [lab.store(CONNECTION_SPECS, name=f"source-{number}") for number in range(3)]
    link: Spec = {"flow_spec_id": REST_STORAGE}
    steps = [
        ("flow_spec_source_link", {**link, "connection_spec_ids": ids[:2]}),
        ("flow_spec_source_link", {**link, "connection_spec_ids": ids}),
        ("flow_spec_source_link", {**link, "connection_spec_ids": ids[1:], "state": "absent"}),
        ("flow_spec_source_link", {**link, "connection_spec_ids": ["no-such"], "state": "absent"}),
        ("flow_spec_source_link", {**link, "connection_spec_ids": ["no-such"], "check_connection_specs": False}),
        ("flow_spec", {"id": REST_STORAGE, "source_connection_spec_ids": ids[::-1]}),
        ("flow_spec_source_link", {**link, "connection_spec_ids": []}),
    ]
    assert foretold(lab, steps) == 5
    record_property("predictions compared", len(steps))


def test_failures_are_foretold_as_well(lab: Lab, record_property: t.Any) -> None:
    """What would be refused is refused in check mode, in the same words, and nothing is written."""
    lab.store(FLOW_SPECS, name="twice")
    lab.store(FLOW_SPECS, name="twice")
    source = "of-no-sandbox"
    steps: list[tuple[str, Spec]] = [
        ("flow_spec", {"name": "twice", "version": "2"}),
        ("flow_spec", {"id": "no-such", "version": "2"}),
        ("flow_spec", {"name": "new", "version": "2"}),
        ("connection_spec", {"name": "", "version": "2"}),
        ("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_ids": [source]}),
        ("flow_spec_source_link", {"flow_spec_name": "no-such", "connection_spec_ids": [source]}),
        ("flow_specs", {"definitions": [{"name": "twice", "version": "2"}, {"id": "no-such"}]}),
    ]
    plan: list[Task] = [
        task(f"{number} {part}", module, check=part == "foretell", **arguments) | {"ignore_errors": True}
        for number, (module, arguments) in enumerate(steps)
        for part in ("foretell", "do")
    ]
    run = lab.play(*plan)
    assert lab.writes() == []
    for number, step in enumerate(steps):
        prediction, result = run[f"{number} foretell"], run[f"{number} do"]
        assert prediction.failed, step
        assert result.failed, step
        assert prediction.msg == result.msg
    record_property("predictions compared", len(steps))


@pytest.mark.real
def test_the_role_source(lab: Lab, record_property: t.Any) -> None:
    lab.store(CONNECTION_SPECS, name="there-already", type="generic-rest", version="0.9")
    definitions = [
        {"definition": {**spec, "name": name, "type": family, "version": "1.0"}, **more}
        for name, family, more in (
            ("new-rest", "generic-rest-batch", {}),
            ("new-streaming", "generic-streaming", {}),
            ("there-already", "generic-rest", {}),
            ("elsewhere", "of-our-own", {"flow_spec_name": "CRMToAEP"}),
            ("alone", "of-our-own", {"link": False}),
        )
        for spec in [bare(fixtures(CONNECTION_SPECS)[0])]
    ]
    tasks: list[Task] = [
        {
            "name": "role",
            "ansible.builtin.include_role": {"name": "aep.flow_service.source"},
            "vars": {"source_definitions": definitions},
        },
        {"name": "results", "ansible.builtin.debug": {"var": "source_results"}},
    ]
    predicted = lab.play(*tasks, arguments=("--check", "--diff"))
    assert predicted.status == 0, predicted.output
    assert lab.writes() == []
    real = lab.play(*tasks, arguments=("--diff",))
    assert real.status == 0, real.output
    written = len(lab.writes())
    assert written > 0
    again = lab.play(*tasks)
    assert len(lab.writes()) == written
    rows = zip(predicted["results"].source_results, real["results"].source_results, strict=True)
    for prediction, result in rows:
        assert {**prediction, "connection_spec_id": None} == {**result, "connection_spec_id": None}
    assert not any(row["changed"] for row in again["results"].source_results)
    record_property("predictions compared", len(definitions))
