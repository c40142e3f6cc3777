# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 6: retries by method and meaning, under one deadline."""

from __future__ import annotations

import concurrent.futures
import datetime
import email.utils
import socket
import time
import typing as t

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task
from lab.servers import closed_port, dripping

GET = ("GET", f"flowSpecs/{REST_STORAGE}")
READ = {"id": REST_STORAGE}


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "reset"},
        {"type": "truncate"},
        {"type": "delay", "seconds": 1.2},
        *({"type": "status", "status": status} for status in (429, 500, 502, 503, 504)),
        {"type": "status", "status": 503, "body": "<h1>busy</h1>", "content_type": "text/html"},
    ],
    ids=str,
)
def test_a_read_is_tried_again(lab: Lab, fault: dict[str, t.Any]) -> None:
    lab.fault(*GET, times=2, **fault)
    outcome = lab.one("flow_spec_info", {**READ, "timeout": 0.5})
    assert outcome.count == 1
    assert outcome.api["requests"] == 3
    assert outcome.api["retries"] == 2


@pytest.mark.proof("promise 6")
@pytest.mark.parametrize(
    "fault",
    [{"type": "reset", "when": "before"}, {"type": "reset", "when": "after"}, {"type": "status", "status": 503}],
    ids=str,
)
def test_an_update_is_tried_again(lab: Lab, fault: dict[str, t.Any]) -> None:
    lab.fault("PUT", REST_STORAGE, **fault)
    outcome = lab.one("flow_spec", {**READ, "version": "2.0"})
    assert outcome.changed
    assert outcome.api["retries"] == 1
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["version"] == "2.0"


def test_an_update_that_is_tried_again_does_not_undo_what_came_in_between(lab: Lab) -> None:
    lab.fault("PUT", REST_STORAGE, type="status", status=503, retry_after=2)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        task_at_work = pool.submit(lab.one, "flow_spec", {**READ, "version": "2.0", "settle_time": 0.4})
        while not lab.writes():
            assert not task_at_work.done()
        spec = lab.spec(FLOW_SPECS, REST_STORAGE)
        spec["sourceConnectionSpecIds"].append("theirs")
        lab.store(FLOW_SPECS, **spec)
        outcome = task_at_work.result()
    assert outcome.changed
    stored = lab.spec(FLOW_SPECS, REST_STORAGE)
    assert stored["version"] == "2.0"
    assert "theirs" in stored["sourceConnectionSpecIds"]
    assert [write["status"] for write in lab.writes()] == [503, 200]


def test_retry_after_is_honoured(lab: Lab) -> None:
    lab.fault(*GET, type="status", status=429, retry_after=2)
    assert lab.one("flow_spec_info", READ).count == 1
    # Between the requests, since Ansible takes its time before and after them.
    first, second = (request["time"] for request in lab.requests())
    assert 2 <= second - first < 10
    # As a date, and too late for the deadline.
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    lab.fault(*GET, type="status", status=503, retry_after=email.utils.format_datetime(later, usegmt=True))
    outcome = lab.one("flow_spec_info", {**READ, "retry_deadline": 5})
    assert outcome.failed
    assert "longer than the option retry_deadline allows" in outcome.msg


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_does_not_stop_the_task(lab: Lab, value: str) -> None:
    lab.fault(*GET, type="status", status=503, retry_after=value)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.count == 1
    assert outcome.api["retries"] == 1


def test_tries_and_deadline_are_limits(lab: Lab) -> None:
    lab.fault(*GET, times=None, type="status", status=500)
    outcome = lab.one("flow_spec_info", {**READ, "retries": 3})
    assert outcome.failed
    assert outcome.api["requests"] == 3
    assert "last attempt that the option retries allows" in outcome.msg
    outcome = lab.one("flow_spec_info", {**READ, "retry_deadline": 0})
    assert outcome.api["requests"] == 1
    assert "retry_deadline" in outcome.msg


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
def test_what_will_not_pass_is_not_tried_again(lab: Lab, status: int) -> None:
    lab.fault("PUT", REST_STORAGE, type="status", status=status)
    outcome = lab.one("flow_spec", {**READ, "version": "2.0"})
    assert outcome.failed
    assert outcome.result["status"] == status
    assert len(lab.writes()) == 1


def test_an_answer_that_drips_is_a_time_out(lab: Lab) -> None:
    """At the server it is seen how long a task stayed; without a bound it would have stayed for 15 s."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\n"
    for first, slow in ((head + b"\r\n", b" " * 300), (head, b"X-Long: " + b"x" * 300)):
        with dripping(slow, first) as server:
            where = {"base_url": f"http://{server.place}", "access_token": "a-token"}
            outcome = lab.one("flow_spec_info", {**READ, **where, "timeout": 0.5, "retries": 1})
            assert outcome.failed
            assert "no response within 0.5 s" in outcome.msg
            assert server.wait() < 3


def test_a_token_that_is_cut_off_is_replaced_once(lab: Lab) -> None:
    assert lab.one("flow_spec_info", READ).count == 1
    lab.revoke_tokens()
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.count == 1
    assert outcome.api["requests"] == 2
    assert len(lab.requests("ims")) == 2


def test_refused_for_ever_is_two_tokens_and_no_more(lab: Lab) -> None:
    lab.fault("GET", "flowSpecs", times=None, type="status", status=401)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert outcome.result["status"] == 401
    assert len(lab.requests("ims")) == 2
    assert len(lab.requests()) == 2


def test_tries_for_a_token_are_limited(lab: Lab) -> None:
    lab.fault("POST", "/ims/token", times=None, type="status", status=503)
    assert lab.one("flow_spec_info", {**READ, "retries": 2}).failed
    assert len(lab.requests("ims")) == 2


def test_nobody_listens(lab: Lab) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    outcome = lab.one("flow_spec_info", {**READ, "base_url": url, "retries": 2})
    assert outcome.failed
    assert "the connection failed" in outcome.msg
    assert "Connection refused" in outcome.msg
    assert url in outcome.msg
    assert outcome.api["requests"] == 2


@pytest.mark.parametrize("value", ["1e9", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_retry_after_ends_the_task_at_once(lab: Lab, value: str) -> None:
    lab.fault(*GET, type="status", status=429, retry_after=value)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert "longer than the option retry_deadline allows" in outcome.msg
    assert outcome.api["requests"] == 1


def test_a_storm_of_failures_of_all_kinds(lab: Lab, record_property: t.Any) -> None:
    """Every request of the task fails several times, each time otherwise, and the task still does its job once."""
    source = lab.store(CONNECTION_SPECS, name="in-the-storm")
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    storm: list[dict[str, t.Any]] = [
        {"type": "status", "status": 503, "retry_after": 0},
        {"type": "reset", "when": "before"},
        {"type": "status", "status": 500, "body": "<h1>oh</h1>", "content_type": "text/html"},
        {"type": "truncate"},
        {"type": "status", "status": 429, "retry_after": "0"},
    ]
    for method in ("GET", "PUT"):
        for fault in storm:
            lab.fault(method, "Specs/", **fault)
    arguments = {"flow_spec_id": REST_STORAGE, "connection_spec_id": source, "retries": 9}
    outcome = lab.one("flow_spec_source_link", arguments)
    assert outcome.changed
    assert outcome.api["retries"] >= len(storm)
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == {
        **before,
        "sourceConnectionSpecIds": [*before["sourceConnectionSpecIds"], source],
    }
    record_property("faults injected", 2 * len(storm))


def test_refused_and_then_there(lab: Lab) -> None:
    """A service that is just starting: for two seconds, the connection is refused."""
    with closed_port() as service, concurrent.futures.ThreadPoolExecutor(1) as pool:
        arguments = {**READ, "base_url": f"http://{service.place}", "access_token": "emulator-token", "retries": 30}
        at_work = pool.submit(
            lab.play, task("before", "flow_spec_info", **READ), task("it", "flow_spec_info", **arguments)
        )
        while not lab.requests():
            assert not at_work.done()
        time.sleep(2)
        service.start()
        run = at_work.result()
    assert run["it"].count == 1
    assert run["it"].api["retries"] >= 1
    assert len(service.asked) == 1


def test_a_token_that_expires_in_the_middle(lab: Lab) -> None:
    """Reads and the write of one task, with all tokens revoked between them: one more token, and no more."""
    source = lab.store(CONNECTION_SPECS, name="in-the-middle")
    lab.fault("PUT", REST_STORAGE, type="status", status=401, body={"error_code": "401013", "message": "expired"})
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source})
    assert outcome.changed
    assert len(lab.requests("ims")) == 2
    assert [write["status"] for write in lab.writes()] == [401, 200]


def test_a_deadline_over_all(lab: Lab) -> None:
    """Tries of several requests, and their pauses, count together."""
    lab.fault(None, None, times=None, type="status", status=503, retry_after=1)
    outcome = lab.one("flow_spec_info", {**READ, "retry_deadline": 3, "retries": 50, "access_token": "emulator-token"})
    assert outcome.failed
    assert "longer than the option retry_deadline allows" in outcome.msg
    assert 1 <= len(lab.requests()) <= 4
    times = [request["time"] for request in lab.requests()]
    assert times[-1] - times[0] <= 3
