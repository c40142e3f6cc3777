# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dataflow_info: each flow with what it hangs together with, from one listing."""

from __future__ import annotations

import typing as t

import pytest

from lab import Lab, task
from lab.dataflows import World


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def names(outcome: t.Any) -> list[str]:
    assert outcome.count == len(outcome.dataflows)
    return sorted(one["name"] for one in outcome.dataflows)


def test_each_option_narrows_the_search_and_one_listing_is_read(lab: Lab, world: World) -> None:
    second_account = world.add_account("second")
    orders = lab.one("dataflow", world.orders())
    lab.one("dataflow", world.orders(name="with a blank", connection_id=second_account, enabled=False))
    visits = lab.one("dataflow", world.visits())
    live = next(flow for flow in lab.state("flows") if flow["id"] == orders.id)
    world.put("flows", **{**live, "id": "draft", "state": "draft", "name": "a draft"})
    run_details = {"id": "run", "state": "PARTIAL_SUCCESS", "startedAtUTC": 1612310475905, "completedAtUTC": None}
    lab.put_state("flows", orders.id, {**live, "lastRunDetails": run_details})
    lab.forget_requests()
    queries: dict[str, tuple[dict[str, t.Any], list[str]]] = {
        "all": ({}, ["orders", "visits", "with a blank"]),
        "id": ({"id": orders.id}, ["orders"]),
        "ids": ({"ids": [orders.id.upper(), visits.id, "nobody"]}, ["orders", "visits"]),
        "no ids": ({"ids": []}, []),
        "unknown": ({"id": "nobody"}, []),
        "name": ({"name": "with a blank"}, ["with a blank"]),
        "plain name": ({"name": "orders"}, ["orders"]),
        "account": ({"connection_id": second_account}, ["with a blank"]),
        "connection spec": ({"connection_spec_id": world.source}, ["orders", "with a blank"]),
        "flow spec": ({"flow_spec_id": visits.dataflow["flow"]["flowSpec"]["id"]}, ["visits"]),
        "enabled": ({"enabled": True}, ["orders", "visits"]),
        "disabled": ({"enabled": False}, ["with a blank"]),
        "run": ({"last_run": ["partly_failed"]}, ["orders"]),
        "no run": ({"last_run": "none", "enabled": True}, ["visits"]),
        "together": ({"connection_spec_id": world.source, "name": "visits"}, []),
    }
    run = lab.play(*(task(name, "dataflow_info", **query) for name, (query, _found) in queries.items()))
    assert run.status == 0
    for name, (_query, found) in queries.items():
        assert names(run[name]) == found, name
        assert run[name].api["requests"] == (name != "no ids"), name
    assert lab.writes() == []
    (one,) = run["id"].dataflows
    assert {key: value for key, value in one.items() if key != "flow"} == {
        "id": orders.id,
        "name": "orders",
        "enabled": True,
        "state": "enabled",
        "source_connection_id": orders.source_connection_id,
        "target_connection_id": orders.target_connection_id,
        "connection_id": world.account,
        "connection_spec_id": world.source,
        "flow_spec_id": orders.dataflow["flow"]["flowSpec"]["id"],
        "last_run": {
            "id": "run",
            "status": "partly_failed",
            "started_at": "2021-02-03T00:01:15Z",
            "completed_at": None,
        },
    }
    assert one["flow"]["lastRunDetails"] == run_details
    (streaming,) = run["no run"].dataflows
    assert (streaming["connection_id"], streaming["last_run"]) == (None, None)


def test_a_thousand_dataflows_are_one_listing(lab: Lab) -> None:
    lab.seed("flows", 1000)
    outcome = lab.one("dataflow_info", {"enabled": True, "last_run": ["none"]})
    assert outcome.count == 1000
    assert {request["path"].split("/")[4] for request in lab.requests()} == {"flows"}
    # A page after the other, and nothing for each dataflow.
    assert outcome.api["requests"] <= 11
