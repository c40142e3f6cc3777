# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Specs in templates: the lookups for one spec, and the filter that makes a definition of it."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, SECRET, Lab, Run, Spec, task

pytestmark = pytest.mark.real("worker")


def looked_up(lab: Lab, *terms: str, kind: str = "flow_spec", variables: Spec | None = None, **options: t.Any) -> Run:
    """A play that looks specs up in a template, and tells what it found by the fact C(found)."""
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    template = f"{{{{ query('aep.flow_service.{kind}', {', '.join(map(repr, terms))}{given}) }}}}"
    keep = {"name": "it", "ansible.builtin.set_fact": {"found": template}}
    return lab.play(keep, play={"vars": variables or {}})


def found_by(run: Run) -> list[Spec]:
    return t.cast(list[Spec], run["it"].ansible_facts["found"])


@pytest.mark.proof("lookup flow_spec", "lookup connection_spec")
def test_a_spec_is_found_by_id_and_by_name(lab: Lab) -> None:
    source = lab.source("Acme CRM")
    by_id, by_name = found_by(looked_up(lab, REST_STORAGE, "RestStorageToAEP"))
    assert by_id == by_name
    assert by_id["id"] == REST_STORAGE
    assert [request["method"] for request in lab.requests()] == ["GET", "GET"]
    (spec,) = found_by(looked_up(lab, "Acme CRM", kind="connection_spec"))
    assert spec["id"] == source


def test_a_name_that_looks_like_an_id_is_found_as_well(lab: Lab) -> None:
    name = "00000000-0000-4000-8000-000000000000"
    source = lab.source(name)
    (spec,) = found_by(looked_up(lab, name, kind="connection_spec"))
    assert spec["id"] == source


def test_the_provider_tells_specs_of_one_name_apart(lab: Lab) -> None:
    first, second = lab.source("Twin"), lab.source("Twin", providerId="another")
    run = looked_up(lab, "Twin", kind="connection_spec")
    assert run.status
    assert first in run["it"].msg
    assert second in run["it"].msg
    (spec,) = found_by(looked_up(lab, "Twin", kind="connection_spec", provider_id="another"))
    assert spec["id"] == second


def test_ids_are_the_same_in_every_case(lab: Lab) -> None:
    for provider_id in (None, BATCH_PROVIDER.upper()):
        options: Spec = {} if provider_id is None else {"provider_id": provider_id}
        (spec,) = found_by(looked_up(lab, REST_STORAGE.upper(), **options))
        assert spec["id"] == REST_STORAGE


def test_options_come_from_variables_and_those_of_the_lookup_win(lab: Lab) -> None:
    lab.in_sandbox("dev").source("Only in dev")
    variables = {"aep_sandbox_name": "dev"}
    assert found_by(looked_up(lab, "Only in dev", kind="connection_spec", variables=variables))
    elsewhere = looked_up(lab, "Only in dev", kind="connection_spec", variables=variables, sandbox_name="prod")
    assert "sandbox prod" in elsewhere["it"].msg


def test_variables_can_be_templates_and_lists_can_be_terms(lab: Lab) -> None:
    """As in the inventories of the guides."""
    lab.in_sandbox("dev").source("Only in dev")
    secret = lab.variables.pop("AEP_CLIENT_SECRET")
    variables = {
        "stage": "dev",
        "aep_sandbox_name": "{{ stage }}",
        "aep_client_secret": "{{ lookup('env', 'OTHER_SECRET') }}",
        "aep_retries": "{{ 2 + 1 }}",
        "aep_scopes": "{{ ['openid', 'session'] }}",
        "aep_token_cache": "{{ false }}",
        "aep_ims_url": "{{ omit }}",
        "aep_access_token": None,
        "wanted": ["RestStorageToAEP", "GenericStreamingAEP"],
    }
    find = "{{ query('aep.flow_service.{}_spec', {}) | map(attribute='name') }}"
    tasks = [
        {"name": name, "ansible.builtin.set_fact": {"found": find.replace("{}", name, 1).replace("{}", terms)}}
        for name, terms in (("flow", "wanted"), ("connection", "'Only in dev'"))
    ]
    run = lab.play(*tasks, play={"vars": variables}, OTHER_SECRET=secret)
    assert run.status == 0, run.output
    assert run["flow"].ansible_facts["found"] == variables["wanted"]
    assert run["connection"].ansible_facts["found"] == ["Only in dev"]
    assert len(lab.requests("ims")) == 2


@pytest.mark.parametrize("name", ["AEP_CA_PATH", "AEP_PROXY", "AEP_CLIENT_CERT", "AEP_ACCESS_TOKEN"])
def test_an_empty_variable_of_the_environment_is_as_for_a_module(lab: Lab, name: str) -> None:
    lab.variables[name] = ""
    assert found_by(looked_up(lab, "RestStorageToAEP"))
    assert lab.one("flow_spec_info", {"name": "RestStorageToAEP"}).count == 1


def test_a_lookup_finds_nothing_of_another_provider_by_id(lab: Lab) -> None:
    run = looked_up(lab, REST_STORAGE, provider_id="another")
    assert run.status
    assert "provider another" in run["it"].msg


def test_one_token_serves_all_lookups_and_modules(lab: Lab) -> None:
    show = {"name": "show", "ansible.builtin.debug": {"msg": "{{ lookup('aep.flow_service.flow_spec', item).id }}"}}
    run = lab.play({**show, "loop": ["RestStorageToAEP"] * 3}, task("look", "flow_spec_info", id=REST_STORAGE))
    assert run.status == 0, run.output
    assert len(lab.requests("ims")) == 1


@pytest.mark.parametrize(
    ("terms", "options", "told"),
    [
        (["Nowhere"], {}, ["no flow spec", "'Nowhere'", "sandbox prod", "flow_spec_info"]),
        (["Nowhere"], {"provider_id": "p"}, ["provider p"]),
        ([" "], {}, ["_terms[0] of the lookup: the name is empty"]),
        (["RestStorageToAEP"], {"org_id": ""}, ["org_id is not set", "AEP_ORG_ID"]),
        (["RestStorageToAEP"], {"timeout": "soon"}, ["timeout"]),
        (["RestStorageToAEP"], {"base_url": "http://example.com"}, ["Only loopback hosts can use http"]),
    ],
)
def test_a_failure_tells_the_next_step(lab: Lab, terms: list[str], options: Spec, told: list[str]) -> None:
    run = looked_up(lab, *terms, **options)
    assert run.status
    for text in told:
        assert text in run["it"].msg


def test_no_failure_of_a_lookup_tells_a_secret(lab: Lab) -> None:
    lab.fault("GET", None, type="status", status=403, body={"message": f"no entry with {SECRET}"})
    run = looked_up(lab, "RestStorageToAEP")
    assert run.status
    assert "no entry with" in run["it"].msg
    assert SECRET not in run.output
    assert SECRET not in json.dumps(run["it"].result)
    # Nor does a spec that has one in it.
    lab.store(FLOW_SPECS, id="with-a-secret", name="With a secret", attributes={"text": f"<{SECRET}>"})
    shown = looked_up(lab, "With a secret")
    assert shown.status == 0
    assert SECRET not in json.dumps(found_by(shown))


ANSWER = {
    "items": [
        {
            "id": REST_STORAGE,
            "name": "RestStorageToAEP",
            "transformationSpecDTOS": [{"name": "Mapping"}],
            "unheardOf": {"kept": True},
            "createdAt": 1,
            "createdBy": "somebody",
            "imsOrgId": "x@AdobeOrg",
            "sandboxName": "prod",
            "etag": '"1"',
        }
    ]
}


def filtered(lab: Lab, value: t.Any, arguments: str = "") -> Run:
    template = f"{{{{ value | aep.flow_service.to_definition{arguments} }}}}"
    keep = {"name": "it", "ansible.builtin.set_fact": {"found": template}}
    return lab.play(keep, play={"vars": {"value": value}})


@pytest.mark.proof("filter to_definition")
def test_a_get_answer_becomes_a_definition(lab: Lab) -> None:
    definition = {
        "id": REST_STORAGE,
        "name": "RestStorageToAEP",
        "transformationSpecs": [{"name": "Mapping"}],
        "unheardOf": {"kept": True},
    }
    assert filtered(lab, ANSWER)["it"].ansible_facts["found"] == definition
    assert filtered(lab, ANSWER["items"])["it"].ansible_facts["found"] == [definition]
    without = filtered(lab, ANSWER, "(keep_id=false)")["it"].ansible_facts["found"]
    assert without == {name: value for name, value in definition.items() if name != "id"}
    assert (
        "7 is not a spec. Next step: pass a flow spec, a connection spec, or a list of them"
        in filtered(lab, 7)["it"].msg
    )
    source = {"version": "1.0", "sourceSpec": {}, "name": "acme", "authSpec": [], "description": "It"}
    # In the order of the files that an export writes.
    assert list(filtered(lab, source)["it"].ansible_facts["found"]) == [
        *("name", "description", "version", "authSpec", "sourceSpec"),
    ]


@pytest.mark.parametrize("kind", ["flow_spec", "connection_spec"])
def test_a_definition_made_of_a_live_spec_changes_nothing(lab: Lab, kind: str) -> None:
    name = "RestStorageToAEP" if kind == "flow_spec" else "Acme CRM"
    lab.source("Acme CRM", REST_STORAGE, sourceSpec={"attributes": {"uiAttributes": {"isSource": True}}})
    stored = (lab.specs(FLOW_SPECS), lab.specs(CONNECTION_SPECS))
    definition = f"{{{{ lookup('aep.flow_service.{kind}', '{name}') | aep.flow_service.to_definition }}}}"
    again = task("again", kind, definition=definition)
    assert lab.play(again)["again"].changed is False
    assert (lab.specs(FLOW_SPECS), lab.specs(CONNECTION_SPECS)) == stored
    fresh = {
        "name": "fresh",
        f"aep.flow_service.{kind}": {
            "definition": definition.replace(" }}", "(keep_id=false) | combine({'name': 'Copy'}) }}"),
            "provider_id": BATCH_PROVIDER,
        },
    }
    assert lab.play(fresh)["fresh"].changed is True
