# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role dataflow: accounts, mapping sets and dataflows from definitions, and back."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import CONNECTION_SPECS, REST_STORAGE, Lab, Run, Spec, Task, task
from lab.dataflows import DATASET, SCHEMA

pytestmark = pytest.mark.real("worker")

SECRET = "slow-river-stone-4"
AUTH_SPEC = {
    "name": "Basic Authentication",
    "spec": {"properties": {"username": {}, "password": {"format": "password"}}, "required": ["username", "password"]},
}


def dataflow(lab: Lab, definitions: list[Spec], *arguments: str, **variables: t.Any) -> Run:
    """Run the role; its results are those of the task named 'results'."""
    return lab.play(
        {
            "block": [
                {
                    "name": "role",
                    "ansible.builtin.include_role": {"name": "aep.flow_service.dataflow"},
                    "vars": {"dataflow_definitions": definitions, **variables},
                }
            ],
            "always": [{"name": "results", "ansible.builtin.debug": {"var": "dataflow_results"}}],
        },
        arguments=arguments,
    )


def results(run: Run) -> list[dict[str, t.Any]]:
    return t.cast(list[dict[str, t.Any]], run["results"].dataflow_results)


def actions(row: Spec) -> list[str]:
    return [row["connection_action"], row["mapping_set_action"], row["dataflow_action"]]


@pytest.fixture
def definitions(lab: Lab) -> list[Spec]:
    """One definition of everything, and one that names what exists."""
    lab.switch(run_delay=0.1, run_time=0.1)
    source = lab.source("acme", REST_STORAGE, type="generic-rest", authSpec=[AUTH_SPEC], version="1.0")
    schedule = {"frequency": "once"}
    account = {"name": "account", "auth_params": {"username": "reader"}, "auth_secrets": {"password": SECRET}}
    return [
        {
            "connection": {**account, "connection_spec_id": source},
            "mapping": {
                "name": "contacts",
                "schema_id": SCHEMA,
                "mappings": [{"source": "id", "destination": "_id"}],
            },
            "dataflow": {"name": "contacts", "target": {"dataset_id": DATASET}, "schedule": schedule},
        },
        {
            "connection": {**account, "connection_spec_name": "acme"},
            "dataflow": {"name": "orders", "target": {"dataset_id": DATASET}, "schedule": schedule},
        },
    ]


@pytest.mark.proof("role dataflow", "filter dataflow_problems", "filter dataflow_results")
def test_from_definitions_to_runs_and_back(lab: Lab, definitions: list[Spec]) -> None:
    predicted = dataflow(lab, definitions, "--check", "--diff", "-vvvv")
    assert predicted.status == 0, predicted.output
    assert lab.writes() == []
    waiting = {"dataflow_wait_for_run": True, "dataflow_wait_interval": 0.1}
    first = dataflow(lab, definitions, "--diff", "-vvvv", **waiting)
    assert first.status == 0, first.output
    made = results(first)
    assert [actions(row) for row in made] == [["created"] * 3, ["unchanged", "none", "created"]]
    for row, foretold in zip(made, results(predicted), strict=True):
        assert actions(row)[1:] == actions(foretold)[1:]
        assert row["run"]["status"] == "succeeded"
        assert row["source_connection_id"]
        assert row["changed"]
    # In check mode, the account that the first definition creates does not exist for the second one.
    assert [row["connection_action"] for row in results(predicted)] == ["created", "created"]
    assert made[0]["connection_id"] == made[1]["connection_id"]
    again = dataflow(lab, definitions)
    assert "changed=0" in again.output
    assert [row["dataflow_id"] for row in results(again)] == [row["dataflow_id"] for row in made]
    assert [actions(row) for row in results(again)] == [["unchanged"] * 3, ["unchanged", "none", "unchanged"]]
    gone = [{**definition, "state": "absent"} for definition in definitions]
    kept, predicted = len(lab.state("mappingSets")), dataflow(lab, gone, "--check")
    assert [row["dataflow_action"] for row in results(predicted)] == ["deleted"] * 2
    deleted = dataflow(lab, gone)
    assert deleted.status == 0, deleted.output
    assert [actions(row) for row in results(deleted)] == [
        ["deleted", "none", "deleted"],
        ["unchanged", "none", "deleted"],
    ]
    for kind in ("flows", "sourceConnections", "targetConnections", "connections"):
        assert lab.state(kind) == []
    assert len(lab.state("mappingSets")) == kept
    for run in (first, predicted, again, deleted):
        assert SECRET not in run.output
        assert SECRET not in json.dumps(results(run))


def test_what_failed_is_told_and_completed_by_the_next_run(lab: Lab, definitions: list[Spec]) -> None:
    lab.fault("POST", "flows$", type="status", status=403, body={"title": "not you"})
    run = dataflow(lab, definitions)
    assert run.status == 2
    assert [row["dataflow_action"] for row in results(run)] == ["failed", "created"]
    assert results(run)[0]["failed"]
    again = dataflow(lab, definitions)
    assert again.status == 0, again.output
    assert [row["dataflow_action"] for row in results(again)] == ["created", "unchanged"]
    assert len(lab.state("sourceConnections")) == 2


BAD: dict[str, tuple[Spec, str]] = {
    "no name": ({"dataflow": {"labels": []}}, "dataflow has neither a name nor an ID"),
    "account twice": ({"connection": {"id": "a"}, "dataflow": {"name": "x", "connection_id": "a"}}, "connection_id"),
    "mapping twice": ({"mapping": {"id": "a"}, "dataflow": {"name": "x", "mapping": {"id": "b"}}}, "dataflow.mapping"),
    "mapping without content": ({"mapping": {"name": "a"}, "dataflow": {"name": "x"}}, "no schema_id and no mappings"),
    "unknown option": ({"dataflow": {"name": "x", "intervall": 15}}, "intervall"),
}


def test_bad_definitions_are_refused_before_the_first_request(lab: Lab, definitions: list[Spec]) -> None:
    for bad, told in BAD.values():
        run = dataflow(lab, [*definitions, bad])
        assert run.status == 2
        assert told in " ".join(run.output.split())
    assert lab.requests() == []
    assert lab.named(CONNECTION_SPECS, "acme")


@pytest.fixture
def files(lab: Lab, definitions: list[Spec]) -> Path:
    """The definitions in a directory, without their secrets and without the dataset of the first one."""
    folder = lab.folder / "dataflows"
    folder.mkdir()
    for definition in definitions:
        del definition["connection"]["auth_secrets"]
    definitions[0]["dataflow"]["target"] = {}
    for definition in definitions:
        file = folder / f"{definition['dataflow']['name']}.yml"
        file.write_text(yaml.safe_dump(definition), encoding="utf-8")
    return folder


def of_files(lab: Lab, folder: Path, *arguments: str, **variables: t.Any) -> Run:
    """Run the role on files, with the values of an environment."""
    values = {
        "dataflow_src": str(folder),
        "dataflow_overrides": {"contacts": {"dataflow": {"target": {"dataset_id": DATASET}}}},
        "dataflow_secrets": {"account": {"password": SECRET}},
        **variables,
    }
    task = {"name": "role", "ansible.builtin.include_role": {"name": "aep.flow_service.dataflow"}, "vars": values}
    return lab.play(
        {"block": [task], "always": [{"name": "results", "ansible.builtin.debug": {"var": "dataflow_results"}}]},
        arguments=arguments,
    )


@pytest.mark.proof("filter dataflow_files")
def test_files_get_the_values_and_secrets_of_an_environment(lab: Lab, files: Path) -> None:
    before = {file: file.read_bytes() for file in files.iterdir()}
    predicted = of_files(lab, files, "--check", "--diff", "-vvvv")
    assert predicted.status == 0, predicted.output
    assert lab.writes() == []
    run = of_files(lab, files, "--diff", "-vvvv")
    assert run.status == 0, run.output
    assert [row["name"] for row in results(run)] == ["contacts", "orders"]
    assert [row["dataflow_action"] for row in results(run)] == ["created"] * 2
    assert {target["params"]["dataSetId"] for target in lab.state("targetConnections")} == {DATASET}
    sent = [request for request in lab.writes() if request["path"].endswith("/connections")]
    assert [SECRET in json.dumps(request) for request in sent] == [True]
    lab.forget_requests()
    again = of_files(lab, files)
    assert "changed=0" in again.output
    assert lab.writes() == []
    for each in (predicted, run, again):
        assert SECRET not in each.output
    assert before == {file: file.read_bytes() for file in files.iterdir()}


BROKEN: dict[str, tuple[str, str]] = {
    "no YAML": ("dataflow: [", "is not valid JSON or YAML"),
    "unknown key": ("{dataflow: {name: x}, flow: {}}", "it has 'flow'"),
    "unknown option": ("dataflow: {name: x, intervall: 15}", "intervall"),
    "bad value": ("dataflow: {name: x, schedule: {frequency: minute, interval: 1}}", "interval"),
    "no name": ("dataflow: {labels: []}", "dataflow has neither a name nor an ID"),
    "secrets": (
        "{connection: {name: a, auth_secrets: {password: slow-river-stone-4}}, dataflow: {name: x}}",
        "auth_secrets",
    ),
    "template": (
        "dataflow: {name: x, target: {dataset_id: '{{ dataset }}'}}",
        "dataflow.target.dataset_id is a template",
    ),
    "bad mapping": (
        "{mapping: {name: m, schema_id: s, mappings: [{source: a}]}, dataflow: {name: x}}",
        "destination",
    ),
    "bad state": ("{state: gone, dataflow: {name: x}}", "state is 'gone'"),
    "name twice": ("dataflow: {name: orders}", "has a dataflow with the name 'orders', too"),
}


def test_broken_files_are_all_named_before_the_first_request(lab: Lab, files: Path) -> None:
    for number, (text, _told) in enumerate(BROKEN.values()):
        (files / f"zz-{number}.yml").write_text(text.replace("name: x", f"name: x{number}"), encoding="utf-8")
    run = of_files(lab, files, "-vvv")
    assert run.status == 2
    message = " ".join(str(run["Count the definitions of the files"].msg).split())
    for number, (case, (_text, told)) in enumerate(BROKEN.items()):
        assert f"zz-{number}.yml" in message, case
        assert told in message, case
    assert "No changes were made." in message
    assert SECRET not in run.output
    assert lab.requests() == []


def test_a_secret_among_the_parameters_of_a_file_is_rejected_and_not_shown(lab: Lab, files: Path) -> None:
    file = files / "contacts.yml"
    definition = yaml.safe_load(file.read_text("utf-8"))
    definition["connection"]["auth_params"]["password"] = SECRET
    file.write_text(yaml.safe_dump(definition), encoding="utf-8")
    run = of_files(lab, files, "--diff", "-vvv")
    assert run.status == 2
    assert "auth_secrets" in run.output
    assert SECRET not in run.output
    assert not [flow for flow in lab.state("flows") if flow["name"] == "contacts"]


WRONG: dict[str, tuple[Spec, str]] = {
    "no such dataflow": ({"dataflow_overrides": {"kontacts": {}}}, "has a dataflow with the name 'kontacts'"),
    "a secret in an override": (
        {"dataflow_overrides": {"contacts": {"connection": {"auth_secrets": {"password": SECRET}}}}},
        "move them to dataflow_secrets",
    ),
    "a typo in an override": ({"dataflow_overrides": {"contacts": {"dataflow": {"taget": {}}}}}, "taget"),
    "another name": ({"dataflow_overrides": {"contacts": {"dataflow": {"name": "x"}}}}, "it renames the dataflow"),
    "no such account": ({"dataflow_secrets": {"acount": {"password": SECRET}}}, "No definition has acount"),
    "a secret that is no mapping": ({"dataflow_secrets": {"account": SECRET}}, "Could not use dataflow_secrets"),
    "no such directory": ({"dataflow_src": "no-such-directory"}, "no-such-directory"),
    "nothing": ({"dataflow_src": "", "dataflow_overrides": {}}, "set dataflow_definitions, dataflow_src, or both"),
}


def test_values_of_an_environment_that_fit_nothing_are_refused(lab: Lab, files: Path) -> None:
    for case, (variables, told) in WRONG.items():
        run = of_files(lab, files, "-vvv", **variables)
        assert run.status == 2, case
        assert told in " ".join(run.output.split()), (case, run.output)
        assert SECRET not in run.output, case
    assert lab.requests() == []


def test_three_environments_have_one_set_of_definitions(lab: Lab, files: Path) -> None:
    """Each host is a sandbox, with its dataset and its secrets in its variables."""
    hosts: dict[str, Spec] = {}
    for number, name in enumerate(("dev", "stage", "live")):
        sandbox, dataset = lab.in_sandbox(name), f"5e8e0a1bf2d5b718f4cc100{number}"
        sandbox.source("acme", REST_STORAGE, type="generic-rest", authSpec=[AUTH_SPEC], version="1.0")
        sandbox.put_state("dataSets", dataset, {"name": f"contacts of {name}"})
        target = {"target": {"dataset_id": dataset}}
        hosts[name] = {
            "aep_sandbox_name": name,
            "dataflow_overrides": {
                "contacts": {
                    "connection": {"connection_spec_id": None, "connection_spec_name": "acme"},
                    "dataflow": target,
                },
                "orders": {"dataflow": {**target, "enabled": name != "live"}},
            },
            "dataflow_secrets": {"account": {"password": f"{SECRET}-of-{name}"}},
        }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": {"group/aep.flow_service.all": {"sandbox_name": "{{ aep_sandbox_name }}"}},
        "tasks": [
            {
                "ansible.builtin.include_role": {"name": "aep.flow_service.dataflow"},
                "vars": {"dataflow_src": "dataflows"},
            }
        ],
    }
    playbook = lab.folder / "site.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    arguments = (str(playbook), "-i", lab.inventory(hosts))
    run = lab.run_playbook(*arguments, "-vvv")
    assert run.status == 0, run.output
    assert SECRET not in run.output
    for number, name in enumerate(hosts):
        sandbox = lab.in_sandbox(name)
        targets = {target["params"]["dataSetId"] for target in sandbox.state("targetConnections")}
        assert targets == {f"5e8e0a1bf2d5b718f4cc100{number}"}
    sent = [request for request in lab.writes() if request["path"].endswith("/connections")]
    secrets = {request["headers"]["x-sandbox-name"]: json.dumps(request["body"]) for request in sent}
    assert secrets.keys() == hosts.keys()
    assert all(f"{SECRET}-of-{name}" in body for name, body in secrets.items())
    again = lab.run_playbook(*arguments)
    assert again.status == 0, again.output
    assert again.output.count("changed=0") == len(hosts)


@pytest.mark.proof("filter to_dataflow_definition")
def test_a_live_dataflow_becomes_a_definition_for_another_sandbox(lab: Lab, definitions: list[Spec]) -> None:
    contacts = definitions[0]
    contacts["dataflow"] |= {"labels": ["core/C1"], "description": "All of them"}
    assert dataflow(lab, [contacts]).status == 0
    # The source has another ID in the other sandbox.
    there = lab.in_sandbox("other")
    there.source("acme", REST_STORAGE, type="generic-rest", authSpec=[AUTH_SPEC], version="1.0")
    account = {name: value for name, value in contacts["connection"].items() if name != "connection_spec_id"}
    there_too = {"target": {"dataset_id": DATASET}}
    lab.forget_requests()
    tasks: list[Task] = [
        {
            **task(
                "live", "dataflow", sandbox_name=lab.sandbox, name="contacts", flow_spec_id=REST_STORAGE, check=True
            ),
            "register": "live",
        },
        {
            "name": "convert",
            "ansible.builtin.set_fact": {"made": "{{ live.dataflow | aep.flow_service.to_dataflow_definition }}"},
        },
        {
            "name": "role",
            "ansible.builtin.include_role": {"name": "aep.flow_service.dataflow"},
            "vars": {
                "dataflow_definitions": [
                    {
                        "connection": {**account, "connection_spec_name": "acme"},
                        "mapping": contacts["mapping"],
                        "dataflow": "{{ made | combine(there_too, recursive=true) }}",
                    }
                ],
                "there_too": there_too,
            },
        },
        {"name": "results", "ansible.builtin.debug": {"var": "dataflow_results"}},
    ]
    run = there.play(*tasks)
    assert run.status == 0, run.output
    assert [actions(row) for row in results(run)] == [["created"] * 3]
    made = run["convert"].ansible_facts["made"]
    assert made == {
        "name": "contacts",
        "description": "All of them",
        "flow_spec_id": REST_STORAGE,
        "labels": ["core/C1"],
        "schedule": {"frequency": "once"},
    } | {name: made[name] for name in ("source", "target") if name in made}
    for secret_or_id in (SECRET, DATASET, SCHEMA, lab.state("connections")[0]["id"]):
        assert secret_or_id not in json.dumps(made)
    (flow,) = there.state("flows")
    assert flow["description"] == "All of them"
    again = there.play(*tasks)
    assert "changed=0" in again.output
