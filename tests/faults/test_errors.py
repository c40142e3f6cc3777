# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 8: errors name the cause, whatever the service answers."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from lab import FLOW_SPECS, REST_STORAGE, Lab, Spec, task
from lab.answers import RUBBISH, dumped, fuzzed

GET = ("GET", f"flowSpecs/{REST_STORAGE}")
READ = {"id": REST_STORAGE}


SHAPES: dict[str, tuple[int, t.Any, str, tuple[str, ...]]] = {
    "gateway": (
        403,
        {"error_code": "403025", "message": "No entitlement"},
        "403025",
        ("No entitlement", "for access to this API"),
    ),
    "gateway, code as a number": (
        403,
        {"error_code": 403027, "message": "Wrong org"},
        "403027",
        ("Wrong org", "org_id"),
    ),
    "flow service": (
        403,
        {
            "type": "https://ns.adobe.com/aep/errors/FLOW-2120-403",
            "title": "Forbidden",
            "report": {"detailed-message": "Not permitted", "request-id": "of-the-body"},
        },
        "FLOW-2120-403",
        ("Not permitted", "Request ID: of-the-body.", "permission"),
    ),
    "flow service, sandbox": (
        404,
        {"type": "https://ns.adobe.com/aep/errors/FLOW-2101-404", "report": {"detailed-message": "No such sandbox"}},
        "FLOW-2101-404",
        ("No such sandbox", "check sandbox_name"),
    ),
    "flow service, older": (400, {"errorMessage": "older words", "errorDetails": "older words"}, "", ("older words",)),
    "flow service, oldest": (400, {"message": "oldest words"}, "", ("oldest words",)),
    "content type": (
        400,
        {"type": "/placeholder", "status": 400, "title": "Bad", "detail": "its detail"},
        "",
        ("its detail",),
    ),
    "page": (404, "<html>nothing here</html>", "", ("not JSON", "nothing here", "base_url")),
    "empty": (400, "", "", ("HTTP 400",)),
    "list": (400, [1, 2], "", ("HTTP 400",)),
    "odd types": (400, {"error_code": {"a": 1}, "message": [1], "report": "x", "type": 5}, "", ("HTTP 400",)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_errors_name_the_cause(lab: Lab, shape: str) -> None:
    status, body, code, words = SHAPES[shape]
    lab.fault(*GET, type="status", status=status, body=body)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    expected = ("Could not read flow spec", REST_STORAGE, f"GET {lab.url}", f"HTTP {status}", "Next step: ", *words)
    for word in expected:
        assert word in outcome.msg
    assert outcome.result["status"] == status
    if shape != "odd types":
        assert outcome.code == code
    assert outcome.request_id
    assert "Traceback" not in json.dumps(outcome.result)


STEPS = {
    **dict.fromkeys((400, 422), "correct the values that the service reports, in the definition or in the options"),
    **dict.fromkeys((406, 411, 415, 418, 451), "correct the values that the service reports"),
    403: "permission",
    407: "the user and the password in the option proxy",
    408: "timeout",
    409: "look up the existing object",
    412: "another client wrote",
    413: "reduce the size",
    428: "current version",
    429: "limits the rate",
    **dict.fromkeys((500, 501, 502, 503, 504), "try again later"),
}


def test_each_status_has_a_next_step_that_helps(lab: Lab) -> None:
    """What the same request will always get is no reason to wait."""
    for status in STEPS:
        lab.fault(*GET, type="status", status=status, body={"message": "no."})
    run = lab.play(
        *(task(str(status), "flow_spec_info", **READ, retries=1) | {"ignore_errors": True} for status in STEPS)
    )
    for status, words in STEPS.items():
        outcome = run[str(status)]
        assert outcome.failed
        assert outcome.result["status"] == status
        step = outcome.msg.split("Next step: ")[1]
        assert words in step, (status, step)
        assert ("later" in step) == (status in (429, 500, 501, 502, 503, 504)), step


def test_a_next_step_after_ims_is_about_the_client(lab: Lab) -> None:
    for status in (400, 401, 403, 404):
        lab.fault("POST", "/ims/token", type="status", status=status, body="no")
    tasks = (task(str(status), "flow_spec_info", **READ) | {"ignore_errors": True} for status in (400, 401, 403, 404))
    run = lab.play(*tasks)
    assert [outcome.msg.split("Next step: ")[1] for outcome in run.outcomes] == [
        *["check client_id, client_secret and scopes."] * 3,
        "check ims_url.",
    ]


@pytest.mark.parametrize("case", RUBBISH)
def test_rubbish_is_a_clear_failure_and_nothing_is_written(lab: Lab, case: str) -> None:
    lab.fault("GET", "flowSpecs", times=None, type="replace_body", body=RUBBISH[case])
    run = lab.play(
        task("by id", "flow_spec", **READ, version="2") | {"ignore_errors": True},
        task("by name", "flow_spec", name="RestStorageToAEP", provider_id="p", version="2") | {"ignore_errors": True},
    )
    assert len(run.outcomes) == 2, run.output
    outcomes = [outcome for outcome in run.outcomes if outcome.task == "by id" or case != "another spec"]
    for outcome in outcomes:
        assert outcome.failed, outcome.result
        assert "Could not" in outcome.msg
        assert "Next step" in outcome.msg
        assert "Traceback" not in json.dumps(outcome.result)
    if case != "another spec":
        assert lab.writes() == []


LOOKS: dict[str, Spec] = {
    "flow_spec": {"id": REST_STORAGE, "version": "of-the-fuzz"},
    "flow_spec by name": {"name": "RestStorageToAEP", "version": "of-the-fuzz"},
    "flow_spec_info": {"name": "RestStorageToAEP"},
    "flow_spec_source_link": {"flow_spec_id": REST_STORAGE, "connection_spec_ids": ["no-such"]},
    "flow_specs": {"definitions": [{"name": "RestStorageToAEP", "version": "of-the-fuzz"}]},
    "connection_spec": {"name": "fuzzed", "provider_id": "p", "version": "1"},
}
# How each failure begins.
CLEAR = "Could not "


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_fuzzed_answers(lab: Lab, method: str, chance: random.Random, record_property: t.Any) -> None:
    """Whatever comes, a task ends well or with a clear failure, and writes nothing on what makes no sense."""
    spec = {**lab.spec(FLOW_SPECS, REST_STORAGE), "etag": '"1"', "fieldOfTheFuture": {"deep": [1, {"a": None}]}}
    answer = {"items": [spec], "_links": {"next": {"href": ""}}, "_page": {"count": 1}}
    # As modules, the same code takes far longer.
    inputs = 15 if lab.runs_in_worker else 2
    tasks = []
    for number in range(inputs):
        for name, arguments in LOOKS.items():
            lab.fault(method, None, type="replace_body", body=dumped(fuzzed(answer, chance)))
            tasks.append(
                task(f"{name} {number}", name.split()[0], **arguments, settle_time=0, retries=1)
                | {"ignore_errors": True}
            )
    run = lab.play(*tasks)
    assert len(run.outcomes) == len(tasks), run.output[-2000:]
    failures = [outcome for outcome in run.outcomes if outcome.failed]
    assert failures
    for outcome in failures:
        assert "unexpected error" not in json.dumps(outcome.result), outcome.result
        assert "Traceback" not in json.dumps(outcome.result), outcome.result
        assert outcome.msg.startswith(CLEAR), outcome.result
        if method == "GET" and outcome.api["writes"]:
            # What was written before the answer that made no sense can be taken back.
            assert "previous" in json.dumps(outcome.result)
    record_property("answers fuzzed", len(tasks))


def test_huge_answers(lab: Lab) -> None:
    huge = {
        "a string": json.dumps("x" * 30_000_000),
        "a list": "[" + "0," * 10_000_000 + "0]",
        "a number": "1" * 1_000_000,
    }
    for body in huge.values():
        lab.fault("GET", "flowSpecs", type="replace_body", body=body)
    run = lab.play(*(task(name, "flow_spec", **READ, version="2") | {"ignore_errors": True} for name in huge))
    for name in huge:
        assert run[name].failed
        assert "with a body that is not a JSON mapping" in run[name].msg
        assert len(run[name].msg) < 1000
    assert lab.writes() == []
