# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of each operation on accounts, mapping sets, dataflows, and runs are those of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from lab import CONNECTION_SPECS, Lab, Spec
from lab.dataflows import OTHER_LIST, SCHEMA, World
from lab.flows import put_flow, put_run

PAGE = Path(__file__).parents[2] / "docs" / "benchmark.md"
ROW = re.compile(r"^\| `(\w+)`: (.+?) \| (\d+) \| (\d+) \|", re.MULTILINE)
Steps = dict[str, tuple[str, Spec]]


def of_accounts(lab: Lab) -> Steps:
    """Steps of an account in an existing source."""
    auth = {"name": "Key", "spec": {"properties": {"key": {"format": "password"}}, "required": ["key"]}}
    spec = lab.store(CONNECTION_SPECS, name="keyed", version="1.0", authSpec=[auth])
    which: Spec = {"name": "keyed", "connection_spec_id": spec}
    account: Spec = {**which, "auth_secrets": {"key": "one"}}
    return {
        "create": ("connection", account),
        "unchanged": ("connection", account),
        "update": ("connection", {**account, "description": "new"}),
        "rotate the secrets": ("connection", {**account, "update_secrets": "always"}),
        "look up": ("connection_info", which),
        "delete": ("connection", {**which, "state": "absent"}),
        "delete again": ("connection", {**which, "state": "absent"}),
    }


def of_mapping_sets() -> Steps:
    """Steps of a mapping set."""
    mapping: Spec = {"name": "m", "schema_id": SCHEMA, "mappings": [{"source": "id", "destination": "_id"}]}
    return {"create": ("mapping_set", mapping), "unchanged": ("mapping_set", mapping)}


def of_dataflows(world: World) -> Steps:
    """Steps of a dataflow."""
    orders, by_name = world.orders(), world.orders(connection_name="acme-account", flow_spec_name="RestStorageToAEP")
    del by_name["connection_id"]
    other = {"source": {"params": {"listId": OTHER_LIST}}}
    return {
        "create": ("dataflow", orders),
        "unchanged": ("dataflow", orders),
        "unchanged, account and flow spec by name": ("dataflow", by_name),
        "update": ("dataflow", {**orders, "description": "new"}),
        "update the mapping": ("dataflow", {**orders, "mapping": {"id": world.other_mapping}}),
        "disable": ("dataflow", {"name": "orders", "enabled": False}),
        "enable": ("dataflow", {"name": "orders", "enabled": True}),
        "replace": ("dataflow", {**orders, **other, "on_replace": "replace"}),
        "look up": ("dataflow_info", {"name": "orders"}),
        "delete": ("dataflow", {"name": "orders", "state": "absent"}),
        "delete again": ("dataflow", {"name": "orders", "state": "absent"}),
        "create, streaming": ("dataflow", world.visits()),
        "unchanged, streaming": ("dataflow", world.visits()),
    }


def of_runs(lab: Lab) -> Steps:
    """Steps of runs, one of which has failed."""
    flow = put_flow(lab)
    run = put_run(lab, "failed-notification", flowId=flow)
    return {
        "look up": ("dataflow_run_info", {"dataflow_id": flow}),
        "retry": ("dataflow_run", {"retry_id": run}),
        "start": ("dataflow_run", {"dataflow_id": flow}),
    }


def of_explorations(world: World) -> Steps:
    """Steps that reach a source."""
    account: Spec = {"connection_id": world.account}
    return {"test and preview": ("connection_explore_info", {**account, "source_params": {"listId": "1"}})}


def test_the_table_of_the_documentation(lab: Lab) -> None:
    world = World(lab)
    groups = (
        of_accounts(lab),
        of_mapping_sets(),
        of_dataflows(world),
        of_runs(lab),
        of_explorations(world),
    )
    measured: dict[tuple[str, str], tuple[int, int]] = {}
    for steps in groups:
        for name, (module, arguments) in steps.items():
            lab.forget_requests()
            outcome = lab.one(module, arguments)
            assert not outcome.failed, (name, outcome.result)
            asked = lab.requests()
            assert outcome.api["requests"] == len(asked), name
            measured[module, name] = (len(asked), outcome.api["writes"])
    documented = {(module, name): (int(a), int(b)) for module, name, a, b in ROW.findall(PAGE.read_text("utf-8"))}
    assert measured == documented
