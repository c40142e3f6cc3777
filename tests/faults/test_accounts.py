# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts under faults and races: made once, patched on what was read, and no secret in any failure."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from lab import CONNECTION_SPECS, Lab, Spec, task
from lab.answers import dumped, fuzzed
from lab.dataflows import SCHEMA
from lab.kills import cut_off
from lab.race import Controllers

SECRET = "wide-open-meadow-7"
AUTH_SPEC = {
    "name": "Key",
    "spec": {"properties": {"host": {}, "key": {"format": "password"}}, "required": ["key"]},
}


@pytest.fixture
def account(lab: Lab) -> Spec:
    """The arguments for an account of a source that exists."""
    return account_in(lab)


def account_in(lab: Lab) -> Spec:
    """The arguments for an account of a new source."""
    spec = lab.store(CONNECTION_SPECS, name="source", version="1.0", authSpec=[AUTH_SPEC])
    return {
        "name": "account",
        "connection_spec_id": spec,
        "auth_params": {"host": "one"},
        "auth_secrets": {"key": SECRET},
    }


UNCLEAR: dict[str, Spec] = {
    "reset before": {"type": "reset", "when": "before"},
    "reset after": {"type": "reset", "when": "after"},
    "unavailable": {"type": "status", "status": 503},
    "rubbish": {"type": "replace_body", "body": "<html>fine</html>"},
    "another answer": {"type": "replace_body", "body": "{}"},
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_an_unclear_creation_makes_one_account(lab: Lab, account: Spec, case: str, record_property: t.Any) -> None:
    lab.fault("POST", "connections$", **UNCLEAR[case])
    outcome = lab.one("connection", {**account, "settle_time": 0.1})
    assert not outcome.failed, outcome.result
    (stored,) = lab.state("connections")
    assert (stored["id"], stored["auth"]["params"]["key"]) == (outcome.id, SECRET)
    assert not lab.one("connection", account).changed
    record_property("unclear creations", 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_update_is_made_once(lab: Lab, account: Spec, when: str) -> None:
    lab.one("connection", account)
    lab.fault("PATCH", "connections", type="reset", when=when)
    outcome = lab.one("connection", {**account, "description": "new"})
    assert outcome.changed, outcome.result
    assert lab.state("connections")[0]["description"] == "new"


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_deletion_is_completed(lab: Lab, account: Spec, when: str) -> None:
    made = lab.one("connection", account).id
    lab.fault("DELETE", "connections", type="reset", when=when)
    assert lab.one("connection", {"id": made, "state": "absent"}).changed
    assert lab.state("connections") == []


def test_a_deletion_that_takes_its_time_is_waited_for(lab: Lab, account: Spec) -> None:
    made = lab.one("connection", account).id
    lab.switch(deletion_time=0.6, delete_status=202)
    assert lab.one("connection", {"id": made, "state": "absent"}).changed
    assert not lab.one("connection", {"id": made, "state": "absent"}).changed


def test_what_somebody_else_changes_meanwhile_is_not_written_over(lab: Lab, account: Spec) -> None:
    made = lab.one("connection", {**account, "description": "ours"}).id
    (stored,) = lab.state("connections")
    # The patch is rejected, and what is read then has other values where the task manages them.
    lab.fault("PATCH", "connections", type="status", status=412, body={"title": "stale"})
    theirs = {**stored, "description": "theirs", "updatedBy": "someone@else", "etag": '"theirs"'}
    lab.fault("GET", f"connections/{made}$", type="replace_body", body=json.dumps({"items": [theirs]}))
    outcome = lab.one("connection", {**account, "description": "new"})
    assert outcome.failed
    assert "someone@else changed it at the same time, at description" in outcome.msg
    assert "Next step" in outcome.msg
    assert [write["method"] for write in lab.writes()].count("PATCH") == 1


@pytest.mark.real
def test_controllers_that_create_one_name_at_once(lab: Lab, account: Spec, record_property: t.Any) -> None:
    controllers = Controllers(lab, 3)
    lab.fault("POST", "connections$", times=None, type="delay", seconds=[0.2, 0.4], when="before")
    runs = controllers.run([[task("create", "connection", **account)] for _number in range(3)])
    made = lab.state("connections")
    outcomes = [run["create"] for run in runs]
    if len(made) > 1:
        # Controllers cannot lock each other out. Nobody is told that all is well while there are two.
        assert any(outcome.failed and outcome.ids for outcome in outcomes)
    else:
        assert sum(outcome.changed for outcome in outcomes) == 1
    record_property("accounts made twice in silence", len(made) > 1 and not any(one.failed for one in outcomes))


@pytest.mark.real
def test_controllers_that_change_one_account_at_once(lab: Lab, account: Spec, record_property: t.Any) -> None:
    """Each change is there in the end, or its task fails and names who else changes the account."""
    lab.one("connection", {**account, "description": "none"})
    lab.fault("PATCH", "connections", times=None, type="delay", seconds=[0.0, 0.3], when="before")
    which = {key: account[key] for key in ("name", "connection_spec_id")}
    changes: list[Spec] = [
        {"description": "first"},
        {"description": "second"},
        {"auth_params": {"host": "two"}, "auth_secrets": {"key": SECRET}},
    ]
    runs = Controllers(lab, 3).run([[task("change", "connection", **which, **change)] for change in changes])
    first, second, host = (run["change"] for run in runs)
    (stored,) = lab.state("connections")
    assert not host.failed, host.result
    assert stored["auth"]["params"] == {"host": "two", "key": SECRET}
    assert stored["description"] in [
        change["description"] for change, outcome in zip(changes, (first, second), strict=False) if not outcome.failed
    ]
    for outcome in (first, second):
        assert not outcome.failed or "at the same time, at description" in outcome.msg
    record_property("changes of accounts lost in silence", 0)


# Cut off at any request, and run again.


def account_tasks(account: Spec) -> dict[str, tuple[Spec | None, Spec, int]]:
    """For each thing to do: the account before, the task that is cut off, and how many accounts there are then."""
    other: Spec = {**account, "auth_params": {"host": "two"}, "description": "new"}
    which = {key: account[key] for key in ("name", "connection_spec_id")}
    return {
        "create": (None, account, 1),
        "update": (account, other, 1),
        "rotate": (account, {**account, "auth_secrets": {"key": f"{SECRET}-2"}, "update_secrets": "always"}, 1),
        "delete": (account, {**which, "state": "absent"}, 0),
    }


@pytest.mark.parametrize("scene", ["create", "update", "rotate", "delete"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_any_request(lab: Lab, scene: str, when: str, record_property: t.Any) -> None:
    request = 0
    was_cut = True
    while was_cut:
        there = lab.in_sandbox(f"{scene}-{when}-{request}")
        before, wanted, number = account_tasks(account_in(there))[scene]
        if before is not None:
            assert there.one("connection", before).changed
        was_cut = cut_off(there, "connection", {**wanted, "settle_time": 0.01}, request, when)
        again = there.one("connection", {**wanted, "settle_time": 0.01})
        assert not again.failed, (request, again.result)
        found = there.state("connections")
        assert len(found) == number, request
        for stored in found:
            assert stored["auth"]["params"] == {**wanted["auth_params"], **wanted["auth_secrets"]}, request
            assert stored.get("description") == wanted.get("description"), request
        request += 1
    assert request > 2
    record_property("account tasks cut off", request - 1)
    record_property("accounts made twice", 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_mapping_set_is_cut_off_at_any_request(lab: Lab, when: str) -> None:
    wanted = {"name": "m", "schema_id": SCHEMA, "mappings": [{"source": "id", "destination": "_id"}]}
    request = 0
    was_cut = True
    while was_cut:
        there = lab.in_sandbox(f"{when}-{request}")
        was_cut = cut_off(there, "mapping_set", {**wanted, "settle_time": 0.01}, request, when)
        again = there.one("mapping_set", wanted)
        assert not again.failed, (request, again.result)
        assert [one["id"] for one in there.state("mappingSets")] == [again.id], request
        request += 1
    assert request > 2


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize("path", ["connections", "connectionSpecs"])
def test_fuzzed_answers(
    lab: Lab, account: Spec, method: str, path: str, chance: random.Random, record_property: t.Any
) -> None:
    lab.switch(secrets_in_answers="clear")
    made = lab.one("connection", account).id
    (stored,) = lab.state("connections")
    spec = lab.spec(CONNECTION_SPECS, account["connection_spec_id"])
    answer = {"items": [stored if path == "connections" else spec], "_links": {}}
    looks: dict[str, Spec] = {
        "connection": {**account, "description": "fuzz", "update_secrets": "always"},
        "connection by id": {"id": made, "auth_params": {"host": "two"}, "auth_secrets": {"key": SECRET}},
        "connection_info": {"connection_spec_id": account["connection_spec_id"]},
        "connection gone": {"id": made, "state": "absent"},
    }
    tasks = []
    for number in range(12):
        for name, arguments in looks.items():
            lab.fault(method, path, type="replace_body", body=dumped(fuzzed(answer, chance)))
            tasks.append(
                task(f"{name} {number}", name.split()[0], **arguments, settle_time=0, retries=1)
                | {"ignore_errors": True}
            )
    run = lab.play(*tasks)
    assert method != "GET" or any(outcome.failed for outcome in run.outcomes)
    for outcome in run.outcomes:
        text = json.dumps(outcome.result)
        assert "unexpected error" not in text, text
        assert "Traceback" not in text, text
        assert SECRET not in text
        if outcome.failed:
            assert "Next step" in outcome.msg, text
    record_property("answers fuzzed", len(tasks))
