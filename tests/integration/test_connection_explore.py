# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""connection_explore_info: what a source has, and nothing of its data that was not asked for."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import CONNECTION_SPECS, Lab, Spec, task

MODULE = "connection_explore_info"
ACCOUNT, OTHER, DRAFT, REST = "account", "other", "draft", "rest"
SALESFORCE, MAILCHIMP = "cfc0fee1-7dc0-40ef-b73e-d8b134c436f5", "2e8580db-6489-4726-96de-e33f5f60295f"
MYSQL = "26d738e0-8963-47ea-aadf-c60de735468a"
PRIVATE = "kendall.roy@customer.example"
ROWS = [{"id": str(number), "mail": PRIVATE, "age": number} for number in range(25)]
TABLE: Spec = {"object_type": "table", "path": "customers"}


@pytest.fixture(autouse=True)
def _connections(lab: Lab) -> None:
    """Two connections of one name, a draft of it, and one at a source of the SDK; all of them have rows."""
    for connection_id, name, spec_id, more in (
        (ACCOUNT, "crm", SALESFORCE, {}),
        (OTHER, "crm", MYSQL, {}),
        (DRAFT, "crm", SALESFORCE, {"state": "draft"}),
        (REST, "chimp", MAILCHIMP, {}),
    ):
        lab.put_state("connections", connection_id, {"name": name, "connectionSpec": {"id": spec_id}, **more})
        lab.put_state("rows", connection_id, {"rows": ROWS})


def explored(lab: Lab) -> list[str]:
    """The requests so far that reach the source."""
    return [request["path"].rpartition("/")[2] for request in lab.requests() if "connections/" in request["path"]]


def test_explore_in_every_way(lab: Lab) -> None:
    names = ["id", "mail", "age"]
    run = lab.play(
        task("SDK", MODULE, connection_name="chimp", source_params={"listId": "a"}),
        task("root", MODULE, connection_name="crm", connection_spec_id=SALESFORCE),
        task("by the name of the spec", MODULE, connection_name="crm", connection_spec_name="mysql", **TABLE),
        task("by ID", MODULE, connection_id=ACCOUNT, **TABLE),
        task("without preview", MODULE, connection_id=ACCOUNT, **TABLE, preview=False),
        task("without test", MODULE, connection_id=ACCOUNT, **TABLE, test=False),
        task("rows", MODULE, connection_id=ACCOUNT, **TABLE, show_rows=True),
        task("a draft by its ID", MODULE, connection_id=DRAFT),
    )
    assert run.status == 0, run.outcomes
    for outcome in run.outcomes:
        assert not outcome.changed
        assert outcome.api["writes"] == 0
        is_root = outcome.task in ("root", "a draft by its ID")
        assert [column["name"] for column in outcome.columns] == ([] if is_root else names)
        assert bool(outcome.objects) == is_root
        assert outcome.row_count == (None if is_root or outcome.task == "without preview" else 25)
        assert outcome.test is (None if outcome.task == "without test" else True)
        assert ("rows" in outcome.result) == (outcome.task == "rows")
        assert (PRIVATE in json.dumps(outcome.result)) == (outcome.task == "rows")
    assert run["rows"].rows == ROWS[:10]
    assert run["by ID"].columns[2] == {"name": "age", "type": "integer"}
    assert run["SDK"].object_type == "rest"
    assert run["by the name of the spec"].id == OTHER
    # The connection, its connection spec, the test, and explore.
    floors = {"SDK": 4, "root": 4, "by the name of the spec": 4, "by ID": 2, "without test": 1, "a draft by its ID": 4}
    assert {name: run[name].api["requests"] for name in floors} == floors
    (asked,) = (request for request in lab.requests() if "sourceParams" in request["query"])
    assert asked["query"].endswith("sourceParams=eyJsaXN0SWQiOiJhIn0%3D")


def test_check_mode_reaches_no_source(lab: Lab) -> None:
    run = lab.play(
        task("skipped", MODULE, check=True, connection_name="chimp", show_rows=True),
        task("told to", MODULE, check=True, connection_name="chimp", run_in_check_mode=True),
    )
    skipped = run["skipped"]
    assert skipped.status == "skipped"
    assert (skipped.test, skipped.row_count, skipped.columns, skipped.rows) == (None, None, [], [])
    assert skipped.api["requests"] == 0
    assert run["told to"].test
    assert run["told to"].row_count == 25
    assert explored(lab) == ["test", "explore"]


def test_a_connection_that_is_not_clear_is_not_explored(lab: Lab) -> None:
    lab.store(CONNECTION_SPECS, name="twin")
    lab.store(CONNECTION_SPECS, name="twin")
    for arguments, word in (
        ({"connection_name": "crm"}, ACCOUNT),
        ({"connection_name": "nobody"}, "nobody"),
        ({"connection_name": "crm", "connection_spec_id": MAILCHIMP}, "crm"),
        ({"connection_name": "crm", "connection_spec_name": "nothing"}, "nothing"),
        ({"connection_name": "crm", "connection_spec_name": "twin"}, "twin"),
        ({"connection_id": "nobody"}, "nobody"),
        ({"connection_id": "nobody", **TABLE}, "nobody"),
    ):
        outcome = lab.one(MODULE, t.cast(Spec, arguments))
        assert outcome.failed
        assert word in outcome.msg
        assert "Next step: " in outcome.msg
    twins = lab.one(MODULE, {"connection_name": "crm"})
    assert twins.ids == [ACCOUNT, OTHER], "a draft is never matched"
    assert [path for path in explored(lab) if path == "explore"] == []


@pytest.mark.parametrize(("switch", "result"), [("true", True), ("text", True), ("false", False)])
def test_every_result_of_a_test(lab: Lab, switch: str, result: bool) -> None:
    lab.switch(connection_test=switch)
    outcome = lab.one(MODULE, {"connection_id": ACCOUNT, **TABLE})
    assert outcome.test is result
    assert explored(lab) == (["test", "explore"] if result else ["test"])
    assert outcome.result.get("warnings", []) == [] or not result


def test_rows_alone_have_columns(lab: Lab) -> None:
    lab.switch(explore_answer="data")
    outcome = lab.one(MODULE, {"connection_name": "chimp"})
    assert outcome.columns == [
        {"name": "id", "type": "string"},
        {"name": "mail", "type": "string"},
        {"name": "age", "type": "integer"},
    ]
    assert outcome.row_count == 25


def error(code: str, **more: t.Any) -> Spec:
    """An error with words of the source in every place that has words."""
    return {
        "type": f"https://ns.adobe.com/aep/errors/{code}",
        "title": PRIVATE,
        "report": {"detailed-message": f"rows: {PRIVATE}", "request-id": PRIVATE},
        "errorMessage": PRIVATE,
        "errorDetails": PRIVATE,
        **more,
    }


CODES: t.Final = {
    "CONNECTOR-1336-400": "cannot be explored",
    "CONNECTOR-1372-400": "cannot be explored",
    "CONNECTOR-1389-400": "sourceSpec.spec",
    "CONNECTOR-1308-400": "credentials",
    "1308-400": "credentials",
    "CONNECTOR-1358-400": "object_type",
}


@pytest.mark.parametrize("code", CODES)
def test_an_error_has_its_status_and_code_and_a_next_step(lab: Lab, code: str) -> None:
    lab.fault("GET", "explore$", type="status", status=400, body=error(code))
    outcome = lab.one(MODULE, {"connection_id": ACCOUNT, **TABLE})
    assert outcome.failed
    assert (outcome.status_code if "status_code" in outcome.result else outcome.result["status"]) == 400
    assert outcome.code == code
    assert outcome.test is True
    assert f"HTTP 400, code {code}" in outcome.msg
    assert CODES[code] in outcome.msg.partition("Next step: ")[2]
    assert PRIVATE not in json.dumps(outcome.result)


BODIES: dict[str, t.Any] = {
    "an error of another service": {"error": PRIVATE, "message": PRIVATE},
    "a code of another service": {"error_code": PRIVATE},
    "a page": f"<html>{PRIVATE}</html>",
    "rows": [{"mail": PRIVATE}],
    "rows that are none": {"data": [PRIVATE]},
    "one row": {"data": {"mail": PRIVATE}},
    "columns that are none": {"schema": {"columns": [PRIVATE]}, "data": [{"mail": PRIVATE}]},
    "text": json.dumps(PRIVATE),
}


@pytest.mark.real
@pytest.mark.parametrize("path", ["test$", "explore$"])
def test_no_output_shows_what_the_source_responds(lab: Lab, path: str) -> None:
    arguments = {"connection_id": ACCOUNT, **TABLE, "retries": 1}
    off = {"ignore_errors": True}
    tasks = []
    for status in (200, 400, 502):
        for name, body in BODIES.items():
            lab.fault("GET", path, type="replace_body", body=body, status=status)
            tasks.append(task(f"{status} {name}", MODULE, **arguments) | off)
    run = lab.play(*tasks, task("quiet", MODULE, **arguments), arguments=("-vvvv",))
    assert len(run.outcomes) == len(tasks) + 1, run.output
    for outcome in run.outcomes[:-1]:
        is_list_of_columns = outcome.task == "200 rows" and path == "explore$"
        assert outcome.failed, outcome
        assert "unexpected error" not in outcome.msg
        assert "Next step: " in outcome.msg
        assert is_list_of_columns or "not shown" in outcome.msg
    assert run["quiet"].row_count == 25
    assert PRIVATE not in run.output


def test_bad_options_are_rejected_before_the_first_request(lab: Lab) -> None:
    bad: list[Spec] = [
        {},
        {"connection_id": ACCOUNT, "connection_name": "crm"},
        {"connection_id": ACCOUNT, "connection_spec_id": SALESFORCE},
        {"connection_id": "a/b"},
        {"connection_id": ACCOUNT, "object_type": "table"},
        {"connection_id": ACCOUNT, "object_type": "view"},
        {"connection_id": ACCOUNT, "source_params": "no mapping"},
        {"connection_id": ACCOUNT, "show_rows": True, "preview": False},
    ]
    assert all(lab.one(MODULE, arguments).failed for arguments in bad)
    assert lab.requests() == []
