# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible censored in a result never gets back to the platform."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, REST_STORAGE, SECRET, Lab, Spec, task

NAME = f"{SECRET}-crm"
CENSORED = "********-crm"


def test_a_rollback_by_a_censored_result_is_refused(lab: Lab) -> None:
    definition = {"name": NAME, "providerId": BATCH_PROVIDER, "description": "one"}
    run = lab.play(
        {**task("create", "connection_spec", definition=definition), "register": "made"},
        {**task("update", "connection_spec", id="{{ made.id }}", description="two"), "register": "updated"},
        task("back", "connection_spec", definition="{{ updated.previous }}"),
    )
    assert run["update"].previous["name"] == CENSORED
    assert run["back"].failed
    assert "Could not use definition: name holds a censored value. No changes were made." in run["back"].msg
    assert "Next step:" in run["back"].msg
    assert run["back"].result.get("api") is None
    (stored,) = lab.named(CONNECTION_SPECS, NAME)
    assert stored["description"] == "two"


DEEP: Spec = {"name": "x", "providerId": BATCH_PROVIDER, "attributes": {"a": [{"b": "y ******** z"}]}}
WHOLE: Spec = {**DEEP, "attributes": {"a": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}
CASES: dict[str, tuple[str, Spec, str]] = {
    "definition": ("connection_spec", {"definition": DEEP}, "definition: attributes.a.0.b holds a censored value"),
    "a whole value": ("connection_spec", {"definition": WHOLE}, "definition: attributes.a holds a censored value"),
    "option": ("flow_spec", {"name": "x", "provider_id": "********"}, "the options: providerId holds"),
    "ignored": ("connection_spec", {"definition": DEEP, "ignore_paths": ["attributes"]}, "attributes.a.0.b holds"),
    "list": ("connection_specs", {"definitions": [DEEP]}, "definitions[0]: attributes.a.0.b holds a censored value"),
    "file": ("connection_specs", {"src": "deep.json"}, "deep.json: attributes.a.0.b holds a censored value"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_censored_definition_is_refused_before_any_request(lab: Lab, case: str) -> None:
    module, arguments, words = CASES[case]
    (lab.folder / "deep.json").write_text(json.dumps(DEEP), encoding="utf-8")
    outcome = lab.one(module, arguments)
    assert outcome.failed
    assert words in outcome.msg
    assert lab.requests() == []


@pytest.mark.real
def test_no_definition_is_made_of_what_is_censored(lab: Lab) -> None:
    lab.store(CONNECTION_SPECS, name=NAME)
    look_up = "{{ lookup('aep.flow_service.connection_spec', name) | aep.flow_service.to_definition }}"
    run = lab.play({"name": "it", "ansible.builtin.debug": {"msg": look_up}, "vars": {"name": NAME}})
    assert run.status == 2
    assert "name is censored" in " ".join(run.output.split())


@pytest.mark.real
@pytest.mark.parametrize("where", ["source", "target"])
def test_a_censored_spec_is_not_promoted(lab: Lab, where: str) -> None:
    dev, prod = lab.in_sandbox("dev"), lab.in_sandbox("prod")
    name = NAME if where == "source" else "acme"
    spec_id = dev.source(name, REST_STORAGE, attributes={"of": "dev"})
    if where == "target":
        prod.source(NAME)
    chosen: dict[str, t.Any] = {"promote_from": "dev", "promote_to": "prod", "promote_connection_specs": [spec_id]}
    hosts = lab.inventory({one: {"aep_sandbox_name": one} for one in ("dev", "prod")})
    run = lab.run_playbook("aep.flow_service.promote", "-i", hosts, "-e", json.dumps(chosen))
    assert run.status == 2
    assert "is censored" in " ".join(run.output.split())
    assert lab.writes() == []


def test_an_export_writes_what_is_live(lab: Lab) -> None:
    lab.store(CONNECTION_SPECS, name=NAME)
    outcome = lab.one("spec_export", {"dest": str(lab.folder / "specs"), "kinds": ["connection_specs"]})
    assert outcome.changed
    texts = [file.read_text("utf-8") for file in (lab.folder / "specs").rglob("*.yml")]
    assert any(f"name: {NAME}\n" in text for text in texts)
