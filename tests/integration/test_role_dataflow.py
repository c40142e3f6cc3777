# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role dataflow: accounts, mapping sets and dataflows from definitions, and back."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import CONNECTION_SPECS, REST_STORAGE, Lab, Run, Spec
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
