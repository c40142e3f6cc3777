# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Killed in the middle and run again: complete, nothing twice, and no lock in the way."""

from __future__ import annotations

import random
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab, Spec, Task
from lab.dataflows import DATASET, SCHEMA
from lab.kills import kill_when

pytestmark = pytest.mark.real

NAMES = {"killed-rest-1": REST_STORAGE, "killed-rest-2": REST_STORAGE, "killed-streaming": GENERIC_STREAMING}
KILLS = 4
CHAIN = ("connections", "mappingSets", "sourceConnections", "targetConnections", "flows")
AUTH_SPEC = {"name": "Key", "spec": {"properties": {"key": {"format": "password"}}, "required": ["key"]}}


def role() -> Task:
    definitions = [
        {
            "definition": {
                "name": name,
                "type": "generic-rest" if flow_spec == REST_STORAGE else "generic-streaming",
                "providerId": BATCH_PROVIDER,
                "version": "1.0",
            }
        }
        for name, flow_spec in NAMES.items()
    ]
    return {
        "name": "role",
        "ansible.builtin.include_role": {"name": "aep.flow_service.source"},
        "vars": {"source_definitions": definitions},
    }


def kill_at(lab: Lab, request: int, with_workers: bool, tasks: Task | None = None) -> bool:
    """Run a role, and kill it once so many requests were made; whether it came to that."""
    return kill_when(lab.start(tasks or role()), lambda: len(lab.requests()) >= request, with_workers)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_any_moment_and_run_again(
    lab: Lab, number: int, chance: random.Random, record_property: t.Any
) -> None:
    # Requests are held for a moment before or after they take effect, so that a kill meets them on their way.
    for when in ("before", "after"):
        lab.fault(None, None, times=30, type="delay", seconds=[0.0, 0.1], when=when)
    before = {spec_id: lab.spec(FLOW_SPECS, spec_id) for spec_id in set(NAMES.values())}
    # All of them are about 20 requests; the writes begin after some 7.
    first, last = 1 + number * 5, 5 + number * 5
    # A worker that is left alone goes on with its task, while the role runs again.
    was_killed = kill_at(lab, chance.randint(first, last), with_workers=chance.random() < 0.7)
    # The last one may come too late.
    assert was_killed or number == KILLS - 1
    again = lab.play(role())
    assert again.status == 0, again.output
    links: dict[str, list[str]] = {spec_id: [] for spec_id in before}
    for name, flow_spec in NAMES.items():
        (spec,) = lab.named(CONNECTION_SPECS, name)
        links[flow_spec].append(spec["id"])
    for spec_id, spec in before.items():
        stored = lab.spec(FLOW_SPECS, spec_id)
        assert sorted(stored.pop("sourceConnectionSpecIds")) == sorted(
            [*spec["sourceConnectionSpecIds"], *links[spec_id]]
        )
        assert stored == {name: value for name, value in spec.items() if name != "sourceConnectionSpecIds"}
    lab.forget_requests()
    third = lab.play(role())
    assert third.status == 0, third.output
    assert lab.requests() != []
    assert lab.writes() == []
    record_property("runs killed", int(was_killed))
    record_property("specs made twice", 0)


def dataflow_role(state: str, source: str) -> Task:
    """The role that makes an account, a mapping set, and a dataflow of them, or removes the first and the last."""
    account: Spec = {"name": "killed", "connection_spec_id": source}
    definition: Spec = {"connection": account, "dataflow": {"name": "killed"}, "state": state}
    if state == "present":
        account["auth_secrets"] = {"key": "secret-of-the-killed"}
        definition["mapping"] = {
            "name": "killed",
            "schema_id": SCHEMA,
            "mappings": [{"source": "id", "destination": "_id"}],
        }
        definition["dataflow"] |= {"target": {"dataset_id": DATASET}, "schedule": {"frequency": "once"}}
    return {
        "name": "role",
        "ansible.builtin.include_role": {"name": "aep.flow_service.dataflow"},
        "vars": {"dataflow_definitions": [definition]},
    }


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("number", range(KILLS))
def test_a_dataflow_with_its_account_and_mapping_is_killed_at_any_moment(
    lab: Lab, number: int, state: str, chance: random.Random, record_property: t.Any
) -> None:
    lab.switch(run_outcome="never")
    source = lab.source("acme", REST_STORAGE, type="generic-rest", version="1.0", authSpec=[AUTH_SPEC])
    if state == "absent":
        assert lab.play(dataflow_role("present", source)).status == 0
        lab.forget_requests()
    for when in ("before", "after"):
        lab.fault(None, None, times=40, type="delay", seconds=[0.0, 0.1], when=when)
    # A creation is 24 requests, and a deletion 14.
    part = 6 if state == "present" else 3
    moment = chance.randint(1 + number * part, (number + 1) * part)
    was_killed = kill_at(lab, moment, with_workers=chance.random() < 0.7, tasks=dataflow_role(state, source))
    lab.end_faults()
    again = lab.play(dataflow_role(state, source))
    assert again.status == 0, again.output
    expected = dict.fromkeys(CHAIN, 1 if state == "present" else 0) | {"mappingSets": 1}
    assert {kind: len(lab.state(kind)) for kind in CHAIN} == expected
    lab.forget_requests()
    third = lab.play(dataflow_role(state, source))
    assert third.status == 0, third.output
    assert lab.writes() == []
    record_property("runs killed", int(was_killed))
    record_property("objects of dataflows made twice", 0)
    record_property("objects of dataflows left behind", 0)
