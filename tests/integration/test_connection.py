# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""connection and connection_info: accounts are created, patched and deleted, and no secret is compared or shown."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from lab import CONNECTION_SPECS, Lab, task

SECRET, ROTATED = "correct-horse-battery", "staple-of-tomorrow"
AUTH_SPEC = {
    "name": "Basic Authentication",
    "type": "Basic_Authentication",
    "spec": {
        "type": "object",
        "properties": {
            "host": {"type": "string"},
            "username": {"type": "string"},
            "password": {"type": "string", "format": "password"},
        },
        "required": ["username", "password"],
    },
}


@pytest.fixture
def spec(lab: Lab) -> str:
    """The ID of a connection spec whose password is secret."""
    return lab.store(CONNECTION_SPECS, name="acme", version="1.0", authSpec=[AUTH_SPEC])


def account(spec: str, **more: t.Any) -> dict[str, t.Any]:
    """The arguments for an account."""
    return {
        "name": "Acme, read-only",
        "connection_spec_id": spec,
        "auth_spec_name": "Basic Authentication",
        "auth_params": {"username": "reader"},
        "auth_secrets": {"password": SECRET},
        **more,
    }


def stored(lab: Lab) -> dict[str, t.Any]:
    """The only account as the service has it, with its secrets."""
    (one,) = lab.state("connections")
    return one


def test_create_again_update_and_delete(lab: Lab, spec: str) -> None:
    new = account(spec)
    second = {**new, "description": "For reports", "auth_params": {"username": "reporter"}}
    gone = {"name": new["name"], "connection_spec_id": spec, "state": "absent"}
    steps = {"create": new, "again": new, "update": second, "update again": second, "delete": gone, "gone": gone}
    tasks = []
    for name, arguments in steps.items():
        tasks.append(task(f"predict {name}", "connection", check=True, **arguments))
        tasks.append(task(name, "connection", **arguments))
    run = lab.play(*tasks)
    assert run.status == 0, run.output
    for name in steps:
        predicted, real = run[f"predict {name}"], run[name]
        assert predicted.api["writes"] == 0
        for key in ("changed", "changes", "diff"):
            assert predicted.result[key] == real.result[key], (name, key)
        for key in set(predicted.connection) - CONNECTION.owned:
            assert predicted.connection[key] == real.connection[key], (name, key)
    assert [run[name].changed for name in steps] == [True, False, True, False, True, False]
    assert {change["path"] for change in run["update"].changes} == {"description", "auth.params.username"}
    assert run["update"].connection["auth"]["params"] == {"username": "reporter", "password": "********"}
    assert run["update"].previous["auth"]["params"] == {"username": "reader", "password": "********"}
    assert run["delete"].id == run["create"].id == run["update"].id
    assert run["delete"].connection == {}
    # The spec and the listing, the POST, and the listing that also shows a second one of the name.
    floors = {"create": (4, 1), "again": (2, 0), "update": (4, 1), "update again": (2, 0), "delete": (5, 1)}
    for name, floor in floors.items():
        assert (run[name].api["requests"], run[name].api["writes"]) == floor, name
    assert lab.state("connections") == []


def test_secrets_are_written_on_creation_and_when_asked_for(lab: Lab, spec: str) -> None:
    rotated = {"auth_secrets": {"password": ROTATED}}
    run = lab.play(
        task("create", "connection", **account(spec)),
        task("other secret", "connection", **account(spec, **rotated)),
    )
    assert not run["other secret"].changed
    assert stored(lab)["auth"]["params"]["password"] == SECRET
    always = account(spec, **rotated, update_secrets="always")
    run = lab.play(task("predict", "connection", check=True, **always), task("rotate", "connection", **always))
    assert stored(lab)["auth"]["params"] == {"username": "reader", "password": ROTATED}
    assert run["predict"].changes == run["rotate"].changes
    assert [change["path"] for change in run["rotate"].changes] == ["auth.params.password"]
    (patch,) = [request for request in lab.requests() if request["method"] == "PATCH"]
    assert patch["headers"]["if-match"].startswith('"')


@pytest.mark.parametrize("shown", ["masked", "absent", "placeholder", "clear"])
def test_what_is_read_of_a_secret_is_never_sent_back_or_shown(lab: Lab, spec: str, shown: str) -> None:
    lab.one("connection", account(spec))
    lab.switch(secrets_in_answers=shown)
    without = account(spec, auth_params={"username": "other"})
    del without["auth_secrets"]
    outcome = lab.one("connection", without)
    assert outcome.failed
    assert "password would be lost" in outcome.msg
    assert "Next step: add it to auth_secrets" in outcome.msg
    looked_up = lab.one("connection_info", {"name": "Acme, read-only"})
    outcome = lab.one("connection", {**without, "auth_params": {"username": "reader"}})
    assert not outcome.changed
    assert stored(lab)["auth"]["params"] == {"username": "reader", "password": SECRET}
    for text in map(json.dumps, (outcome.result, looked_up.result)):
        assert SECRET not in text
        assert "xxxx" not in text
    assert looked_up.count == 1


@pytest.mark.real
@pytest.mark.proof("module connection", "module connection_info")
def test_no_output_shows_a_secret(lab: Lab, spec: str) -> None:
    lab.switch(secrets_in_answers="clear")
    lab.fault("POST", "connections$", type="status", status=400, body={"title": f"bad password {SECRET}"})
    run = lab.play(
        task("refused", "connection", **account(spec)),
        task("create", "connection", **account(spec)),
        task("rotate", "connection", **account(spec, auth_secrets={"password": ROTATED}, update_secrets="always")),
        task("look", "connection_info", connection_spec_id=spec),
        arguments=("-vvvv", "--diff"),
        play={"ignore_errors": True},
    )
    assert [run[name].failed for name in ("refused", "create", "rotate", "look")] == [True, False, False, False]
    assert run["look"].connections[0]["auth"]["params"]["username"] == "reader"
    for secret in (SECRET, ROTATED):
        assert secret not in run.output
        assert secret not in json.dumps([outcome.result for outcome in run.outcomes])


def test_an_account_is_found_by_name_and_source(lab: Lab, spec: str) -> None:
    other = lab.store(CONNECTION_SPECS, name="other", version="1.0", authSpec=[AUTH_SPEC])
    ids = [lab.one("connection", account(one)).id for one in (spec, other)]
    assert lab.one("connection", account(spec)).id == ids[0]
    looked_up = lab.one("connection_info", {"connection_spec_name": "other"})
    assert [one["id"] for one in looked_up.connections] == [ids[1]]
    lab.put_state("connections", "draft-of-it", {**stored_of(lab, ids[0]), "id": "draft-of-it", "state": "draft"})
    assert lab.one("connection", account(spec)).id == ids[0]
    lab.put_state("connections", "twin-of-it", {**stored_of(lab, ids[0]), "id": "twin-of-it"})
    outcome = lab.one("connection", account(spec))
    assert outcome.failed
    assert sorted(outcome.ids) == sorted([ids[0], "twin-of-it"])
    assert not lab.one("connection", {**account(spec), "id": ids[0]}).failed


def stored_of(lab: Lab, account_id: str) -> dict[str, t.Any]:
    """An account as the service has it."""
    return next(one for one in lab.state("connections") if one["id"] == account_id)


def test_a_used_account_is_not_deleted(lab: Lab, spec: str) -> None:
    made = lab.one("connection", account(spec)).id
    using = {"sourceConnections": [{"id": "s", "baseConnection": {"id": made}}]}
    lab.put_state("flows", "flow-1", {"id": "flow-1", "name": "Orders", "inheritedAttributes": using})
    outcome = lab.one("connection", {"id": made, "state": "absent"})
    assert outcome.failed
    assert outcome.dataflow_ids == ["flow-1"]
    assert "'Orders'" in outcome.msg
    assert len(lab.state("connections")) == 1
    lab.remove("flows", "flow-1")
    assert lab.one("connection", {"id": made, "state": "absent"}).changed
    assert not lab.one("connection", {"id": made, "state": "absent"}).changed


def test_definitions_of_files(lab: Lab, spec: str, tmp_path: Path) -> None:
    content = {"name": "Of a file", "connectionSpec": {"id": spec}, "auth": {"params": {"username": "reader"}}}
    file = tmp_path / "account.json"
    file.write_text(json.dumps({"items": [{**content, "etag": '"1"', "state": "enabled", "createdAt": 1}]}))
    made = lab.one("connection", {"src": str(file), "auth_secrets": {"password": SECRET}})
    assert made.changed, made.result
    assert stored(lab)["auth"] == {
        "specName": "Basic Authentication",
        "params": {"username": "reader", "password": SECRET},
    }
    assert not lab.one("connection", {"src": str(file), "description": ""}).failed
    renamed = lab.one("connection", {"id": made.id, "name": "Of nobody"})
    assert [change["path"] for change in renamed.changes] == ["name"]


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "unknown auth spec": ({"auth_spec_name": "OAuth2"}, "'Basic Authentication'"),
    "secret among the plain": (
        {"auth_params": {"username": "x", "password": SECRET}, "auth_secrets": {}},
        "move it to auth_secrets",
    ),
    "secret missing": ({"auth_secrets": {}}, "password (in auth_secrets)"),
    "parameter missing": ({"auth_params": {}}, "username (in auth_params)"),
    "in both": ({"auth_params": {"username": "x", "password": "y"}}, "auth_secrets as well"),
    "unknown spec": ({"connection_spec_id": "00000000-0000-4000-8000-000000000000"}, "connection_spec_id"),
    "no spec": ({"connection_spec_id": None}, "connection_spec_name"),
    "blank name": ({"name": " x "}, "name"),
    "absent with content": ({"state": "absent"}, "auth_params, auth_secrets"),
    "censored": ({"auth_params": {"username": "********"}}, "censored"),
    "unknown id": (
        {"id": "00000000-0000-4000-8000-000000000000", "name": None, "connection_spec_id": None},
        "find the connection with ID",
    ),
    "definition of another kind": (
        {"definition": {"name": "x", "authSpec": []}, "name": None},
        "only a connection spec has authSpec",
    ),
    "auth that is no mapping": ({"definition": {"auth": ["x"]}}, "auth"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(lab: Lab, spec: str, case: str) -> None:
    changed, told = BAD[case]
    arguments = {name: value for name, value in (account(spec) | changed).items() if value is not None}
    for check in (True, False):
        outcome = lab.one("connection", arguments, check=check)
        assert outcome.failed, outcome.result
        assert told in outcome.msg
        assert "Next step" in outcome.msg
        assert SECRET not in json.dumps(outcome.result)
    assert lab.writes() == []


def test_values_are_checked_against_the_connection_spec_and_not_shown(lab: Lab, spec: str) -> None:
    live = lab.spec(CONNECTION_SPECS, spec)
    properties = live["authSpec"][0]["spec"]["properties"]
    properties |= {"port": {"type": "integer"}, "pin": {"type": "integer", "format": "password"}}
    lab.store(CONNECTION_SPECS, **live)
    plain, secrets = {"username": "reader"}, {"password": SECRET}
    bad: dict[str, tuple[dict[str, t.Any], str]] = {
        "plain": ({"auth_params": {**plain, "port": "https"}}, "auth_params.port must be a whole number"),
        "secret": ({"auth_secrets": {**secrets, "pin": ROTATED}}, "auth_secrets.pin must be a whole number"),
    }
    for change, named in bad.values():
        outcome = lab.one("connection", account(spec, **change))
        assert named in outcome.msg
        assert ROTATED not in outcome.msg
    assert lab.writes() == []
    assert not lab.one("connection", account(spec, auth_params={**plain, "port": "443"})).failed
    lab.forget_requests()
    for change, named in bad.values():
        assert named in lab.one("connection", account(spec, **change)).msg
    assert lab.writes() == []


def test_the_source_of_an_account_cannot_change(lab: Lab, spec: str) -> None:
    made = lab.one("connection", account(spec)).id
    other = lab.store(CONNECTION_SPECS, name="other", version="1.0", authSpec=[AUTH_SPEC])
    lab.forget_requests()
    outcome = lab.one("connection", {**account(other), "id": made})
    assert outcome.failed
    assert "cannot change" in outcome.msg
    assert lab.writes() == []


def test_a_stale_etag_is_read_again_and_others_are_not_overwritten(lab: Lab, spec: str) -> None:
    lab.one("connection", account(spec, description="one"))
    lab.fault("PATCH", "connections", type="status", status=412, body={"title": "stale"})
    assert lab.one("connection", account(spec, description="two")).changed
    assert stored(lab)["description"] == "two"


@pytest.mark.parametrize("effect", ["before", "after"])
def test_an_unclear_creation_makes_one_account(lab: Lab, spec: str, effect: str) -> None:
    lab.fault("POST", "connections$", type="reset", when=effect)
    outcome = lab.one("connection", account(spec))
    assert outcome.changed, outcome.result
    assert len(lab.state("connections")) == 1
    assert stored(lab)["id"] == outcome.id


def test_without_a_declaration_every_parameter_is_hidden(lab: Lab) -> None:
    undeclared = lab.store(CONNECTION_SPECS, name="bare", version="1.0")
    params = {"host": "h", "anything": SECRET}
    content = {"name": "a", "connectionSpec": {"id": undeclared}, "auth": {"specName": "gone", "params": params}}
    lab.put_state("connections", "of-before", {**content, "id": "of-before", "state": "enabled"})
    (found,) = lab.one("connection_info", {"id": "of-before"}).connections
    assert found["auth"]["params"] == {"host": "********", "anything": "********"}
