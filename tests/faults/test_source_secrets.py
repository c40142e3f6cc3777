# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 7 for the secrets of accounts and the rows of sources: nothing shows them."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import REST_STORAGE, Lab, Spec, Task, task
from lab.dataflows import DATASET
from lab.secrets import echoes, forms, run_everything

pytestmark = pytest.mark.real

SECRET = "key of a source, that is secret/+=="
ROTATED = "the next key of a source, no less secret"
ROW = "a row of a customer"


def steps(lab: Lab, secret: Spec, rotated: Spec) -> list[Task]:
    """Accounts, dataflows, and runs, good and bad, where the service shows whatever it was given."""
    lab.switch(secrets_in_answers="clear", run_outcome="failed", run_delay=0.05, run_time=0.05)
    properties = {"key": {"format": "password"}, "host": {}}
    auth = {"name": "Key", "spec": {"properties": properties, "required": ["key"]}}
    source = lab.source("secretive", REST_STORAGE, type="generic-rest", version="1.0", authSpec=[auth])
    lab.put_state("rows", source, {"rows": [{"name": ROW}]})
    # The service shows what it was given. A task can only hide the secrets that it knows.
    for method, path, skip, told in (
        ("POST", "/connections$", 0, (SECRET,)),
        ("PATCH", "/connections/", 1, (ROTATED,)),
        ("GET", "/explore", 1, (SECRET, ROTATED, ROW)),
    ):
        lab.fault(method, path, skip=skip, type="status", status=400, body={"message": str(echoes(*told))})
    lab.fault("POST", "/flows$", skip=1, type="status", status=400, body={"message": "no"})
    which: Spec = {"name": "secretive", "connection_spec_id": source}
    account: Spec = {**which, "auth_params": {"host": "one"}, "auth_secrets": secret}
    rotation: Spec = {**account, "auth_secrets": rotated, "update_secrets": "always"}
    target, schedule = {"dataset_id": DATASET}, {"frequency": "once"}
    orders: Spec = {"name": "secretive", "connection_name": "secretive", "target": target, "schedule": schedule}
    found: list[tuple[str, str, Spec]] = [
        ("account, refused", "connection", account),
        ("account", "connection", account),
        ("rotation", "connection", {**rotation, "description": "new"}),
        ("rotation, refused", "connection", rotation),
        ("secret among the plain, refused", "connection", {**which, "auth_params": {**secret, "host": "one"}}),
        ("accounts", "connection_info", {"connection_spec_id": source}),
        ("explored", "connection_explore_info", {"connection_name": "secretive"}),
        ("explored, refused", "connection_explore_info", {"connection_name": "secretive"}),
        ("dataflow", "dataflow", orders),
        ("dataflow, refused", "dataflow", {**orders, "name": "another"}),
        ("dataflows", "dataflow_info", {"name": "secretive"}),
        ("run, failed", "dataflow_run_info", {"dataflow_name": "secretive", "wait": "done", "wait_timeout": 20}),
        ("dataflow gone", "dataflow", {"name": "secretive", "state": "absent"}),
        ("account gone", "connection", {**which, "state": "absent"}),
    ]
    return [task(name, module, **arguments) for name, module, arguments in found]


def test_no_secret_of_an_account_and_no_row_is_told(lab: Lab, record_property: t.Any) -> None:
    """A run of everything about dataflows, as AWX runs it, at the highest verbosity."""
    store = lab.folder / "of-the-user"
    store.mkdir()
    (store / "one").write_text(SECRET)
    (store / "two").write_text(ROTATED)
    one, two = ({"key": f"{{{{ lookup('file', '{store}/{name}') }}}}"} for name in ("one", "two"))
    tasks = steps(lab, one, two)
    secrets = {*forms(SECRET), *forms(ROTATED), ROW}
    left = run_everything(lab, tasks, secrets, store)
    failed = {outcome["task"] for outcome in left.outcomes if outcome["status"] == "failed"}
    names = {one["name"] for one in tasks}
    assert failed == {name for name in names if name.endswith(("refused", "failed"))}, left.outcomes
    assert left.told(secrets) == set()
    assert "********" in json.dumps(left.outcomes)
    record_property("texts searched for secrets", len(left.texts))
