# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens, retries, time-outs, TLS, proxies, and errors that name the cause."""

from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import datetime
import email.utils
import http.server
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import typing as t
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import FLOW_SPECS, REST_STORAGE, SECRET, Lab, task

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


@pytest.mark.parametrize(
    "fault",
    [{"type": "reset", "when": "before"}, {"type": "reset", "when": "after"}, {"type": "status", "status": 503}],
    ids=str,
)
def test_an_update_is_tried_again(lab: Lab, fault: dict[str, t.Any]) -> None:
    lab.fault("PUT", REST_STORAGE, **fault)
    outcome = lab.one("flow_spec", {**READ, "version": "2.0"})
    assert outcome.changed
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
    in_two = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    started = time.monotonic()
    assert lab.one("flow_spec_info", READ).count == 1
    assert time.monotonic() - started >= 2
    # As a date, and too late for the deadline.
    lab.fault(*GET, type="status", status=503, retry_after=email.utils.format_datetime(in_two, usegmt=True))
    outcome = lab.one("flow_spec_info", {**READ, "retry_deadline": 5})
    assert outcome.failed
    assert "longer than the option retry_deadline allows" in outcome.msg


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_does_not_stop_the_task(lab: Lab, value: str) -> None:
    lab.fault(*GET, type="status", status=503, retry_after=value)
    assert lab.one("flow_spec_info", READ).count == 1


def test_tries_and_deadline_are_limits(lab: Lab) -> None:
    lab.fault(*GET, times=None, type="status", status=500)
    outcome = lab.one("flow_spec_info", {**READ, "retries": 3})
    assert outcome.failed
    assert outcome.api["requests"] == 3
    assert "last try that the option retries allows" in outcome.msg
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
    lab.fault(*GET, times=None, type="slow_drip", seconds_per_byte=0.01)
    outcome = lab.one("flow_spec_info", {**READ, "timeout": 0.5, "retries": 1})
    assert outcome.failed
    assert "no answer within 0.5 s" in outcome.msg


# Tokens


def test_the_token_request_is_as_documented(lab: Lab) -> None:
    assert lab.one("flow_spec_info", READ).count == 1
    (request,) = lab.requests("ims")
    assert (request["method"], request["path"], request["query"]) == ("POST", "/ims/token/v3", "")
    assert request["body"]["grant_type"] == "client_credentials"
    assert (
        request["body"]["scope"] == "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext"
    )
    assert "secret" not in json.dumps(request["headers"])


def test_scopes_from_the_environment(lab: Lab) -> None:
    assert lab.one("flow_spec_info", READ, AEP_SCOPES="openid, AdobeID").count == 1
    assert lab.requests("ims")[0]["body"]["scope"] == "openid,AdobeID"


def test_a_token_that_is_given_is_used_and_none_is_fetched(lab: Lab) -> None:
    outcome = lab.one("flow_spec_info", {**READ, "access_token": "emulator-token"})
    assert outcome.count == 1
    assert lab.requests("ims") == []
    outcome = lab.one("flow_spec_info", READ, AEP_ACCESS_TOKEN="out-of-date")
    assert outcome.failed
    assert outcome.code == "401013"
    assert "get a new access_token" in outcome.msg
    assert len(lab.requests()) == 2


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


@pytest.mark.parametrize("status", [400, 401])
def test_wrong_credentials(lab: Lab, status: int) -> None:
    lab.switch(ims_error_status=status)
    outcome = lab.one("flow_spec_info", {**READ, "client_secret": "wrong-secret-of-mine"})
    assert outcome.failed
    assert "invalid_client" in outcome.msg
    assert "check client_id and client_secret" in outcome.msg
    assert len(lab.requests("ims")) == 1
    assert lab.requests() == []


def test_a_failure_of_ims_is_never_an_answer_of_the_service(lab: Lab) -> None:
    lab.fault("POST", "/ims/token", times=None, type="status", status=404, body={"message": "no such page"})
    outcome = lab.one("flow_spec_info", {"id": "not-there"})
    assert outcome.failed
    assert "Could not get an access token" in outcome.msg
    assert lab.requests() == []


def test_tries_for_a_token_are_limited(lab: Lab) -> None:
    lab.fault("POST", "/ims/token", times=None, type="status", status=503)
    assert lab.one("flow_spec_info", {**READ, "retries": 2}).failed
    assert len(lab.requests("ims")) == 2


@pytest.mark.parametrize("lifetime", [{}, {"expires_in": "x"}], ids=str)
def test_a_token_of_unknown_lifetime_is_used(lab: Lab, lifetime: dict[str, str]) -> None:
    answer = {"access_token": "emulator-token", **lifetime}
    lab.fault("POST", "/ims/token", times=None, type="replace_body", body=answer)
    outcome = lab.one("flow_spec", {**READ, "version": "2"})
    assert outcome.changed
    assert len(lab.requests("ims")) == 1


@pytest.mark.parametrize("answer", ["<html>", {}, [], {"access_token": 5}, {"access_token": "a\nb"}], ids=str)
def test_an_answer_of_ims_without_a_token(lab: Lab, answer: t.Any) -> None:
    lab.fault("POST", "/ims/token", times=None, type="replace_body", body=answer)
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert "without a usable access_token" in outcome.msg


def test_a_wrong_path_is_not_taken_for_a_spec_that_is_not_there(lab: Lab) -> None:
    outcome = lab.one("flow_spec_info", {"id": "not-there", "base_url": f"{lab.url}/wrong"})
    assert outcome.failed
    assert "check the id, sandbox_name and base_url" in outcome.msg


def test_a_missing_library_is_named_with_the_command_to_install_it(lab: Lab) -> None:
    (lab.folder / "hidden").mkdir()
    (lab.folder / "hidden" / "requests.py").write_text("raise ImportError('hidden')\n")
    outcome = lab.one("flow_spec_info", READ, PYTHONPATH=str(lab.folder / "hidden"))
    assert outcome.failed
    assert "python -m pip install requests" in outcome.msg
    assert sys.executable in outcome.msg


# TLS, proxies, redirects


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    file = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / "key.pem"), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file


@contextlib.contextmanager
def answering(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[str]]]:
    """A server that answers every GET with one flow spec: where it is, and what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"items": [{"id": REST_STORAGE, "name": "elsewhere"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def tls_url(certificate: Path) -> Iterator[str]:
    """A server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "key.pem")
    with answering(context) as (place, _asked):
        yield f"https://{place}"


def test_certificates_are_checked(lab: Lab, tls_url: str, certificate: Path) -> None:
    arguments = {**READ, "base_url": tls_url, "access_token": "a-token"}
    run = lab.play(
        task("unknown", "flow_spec_info", **arguments) | {"ignore_errors": True},
        task("trusted", "flow_spec_info", **arguments, ca_path=str(certificate)),
        task("unchecked", "flow_spec_info", **arguments, validate_certs=False),
        task("no such file", "flow_spec_info", **arguments, ca_path="/not/there.pem") | {"ignore_errors": True},
    )
    assert run["unknown"].failed
    assert "TLS" in run["unknown"].msg
    assert "ca_path" in run["unknown"].msg
    assert run["trusted"].count == run["unchecked"].count == 1
    assert run["no such file"].failed
    assert "/not/there.pem" in run["no such file"].msg
    # A bundle in the environment is trusted, but does not turn the check on again.
    assert lab.one("flow_spec_info", arguments, REQUESTS_CA_BUNDLE=str(certificate)).count == 1
    other = lab.one("flow_spec_info", {**arguments, "validate_certs": False}, REQUESTS_CA_BUNDLE="/etc/hostname")
    assert other.count == 1


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers itself, and the URLs it is asked for."""
    with answering() as (place, asked):
        yield f"http://{place}", asked


def test_a_proxy_is_used(lab: Lab, proxy: tuple[str, list[str]]) -> None:
    url, asked = proxy
    arguments = {**READ, "base_url": "http://127.0.0.3:9", "access_token": "a-token"}
    run = lab.play(
        task("option", "flow_spec_info", **arguments, proxy=url),
        task("not there", "flow_spec_info", **arguments, proxy="http://user:pr0xy-pass@127.0.0.1:1", retries=1)
        | {"ignore_errors": True},
    )
    assert run["option"].count == 1
    assert run["not there"].failed
    assert "proxy" in run["not there"].msg
    assert "pr0xy-pass" not in run["not there"].msg
    assert lab.one("flow_spec_info", arguments, AEP_PROXY=url).count == 1
    assert lab.one("flow_spec_info", arguments, HTTP_PROXY=url, http_proxy=url).count == 1
    assert lab.one("flow_spec_info", {**arguments, "retries": 1}, http_proxy=url, NO_PROXY="127.0.0.3").failed
    assert len(asked) == 3
    assert all(one.startswith("http://127.0.0.3:9/") for one in asked)


def test_a_redirect_is_not_followed(lab: Lab) -> None:
    lab.fault(*GET, type="redirect", location="http://127.0.0.2:9/elsewhere")
    outcome = lab.one("flow_spec_info", READ)
    assert outcome.failed
    assert "redirect to http://127.0.0.2:9/elsewhere, which is not followed" in outcome.msg
    assert len(lab.requests()) == 1


def test_netrc_does_not_replace_the_token(lab: Lab) -> None:
    (lab.folder / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (lab.folder / ".netrc").chmod(0o600)
    assert lab.one("flow_spec_info", READ, HOME=str(lab.folder), NETRC=str(lab.folder / ".netrc")).count == 1


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


# Errors


SHAPES: dict[str, tuple[int, t.Any, str, tuple[str, ...]]] = {
    "gateway": (
        403,
        {"error_code": "403025", "message": "No entitlement"},
        "403025",
        ("No entitlement", "no right to this API"),
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
        ("Not permitted", "request id of-the-body", "permission"),
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
    "page": (404, "<html>nothing here</html>", "", ("no JSON", "nothing here", "base_url")),
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


RUBBISH = {
    "page": "<html></html>",
    "no items": {"things": []},
    "items is a mapping": {"items": {}},
    "items of texts": {"items": ["x"]},
    "items without id": {"items": [{"name": "x"}]},
    "id is a number": {"items": [{"id": 5}]},
    "another spec": {"items": [{"id": "another"}]},
    "NaN": '{"items": [{"id": "x", "a": NaN}]}',
    "twice": '{"items": [], "items": []}',
    "null": "null",
    "cut": '{"items": [',
    "deep": "[" * 100_000,
    "not UTF-8": '{"items": ["\udcff"]}',
}


@pytest.mark.parametrize("case", RUBBISH)
def test_rubbish_is_a_clear_failure_and_nothing_is_written(lab: Lab, case: str) -> None:
    lab.fault("GET", "flowSpecs", times=None, type="replace_body", body=RUBBISH[case])
    run = lab.play(
        task("by id", "flow_spec", **READ, version="2") | {"ignore_errors": True},
        task("by name", "flow_spec", name="RestStorageToAEP", provider_id="p", version="2") | {"ignore_errors": True},
    )
    outcomes = [outcome for outcome in run.outcomes if outcome.task == "by id" or case != "another spec"]
    for outcome in outcomes:
        assert outcome.failed, outcome.result
        assert "Could not" in outcome.msg
        assert "Next step" in outcome.msg
        assert "Traceback" not in json.dumps(outcome.result)
    if case != "another spec":
        assert lab.writes() == []


def test_no_secret_is_told(lab: Lab) -> None:
    """Success and failure, at the highest verbosity: neither the secret nor a token shows up anywhere."""
    given = "given-token-that-is-secret"
    encoded = base64.b64encode(SECRET.encode()).decode()
    quoted = urllib.parse.quote(SECRET, safe="")
    lab.fault("PUT", REST_STORAGE, type="status", status=400, body={"message": f"refused {SECRET} {encoded} {quoted}"})
    lab.fault("GET", "connectionSpecs$", type="status", status=400, body=f"refused Bearer {given}")
    run = lab.play(
        task("fetch", "flow_spec_info", **READ),
        task("update", "flow_spec", **READ, version="3") | {"ignore_errors": True},
        task("given", "connection_spec_info")
        | {"ignore_errors": True, "environment": {"AEP_ACCESS_TOKEN": "{{ token }}"}},
        play={"vars": {"ansible_python_interpreter": sys.executable, "token": "{{ lookup('env', 'GIVEN') }}"}},
        arguments=("-vvvv", "--diff"),
        GIVEN=given,
    )
    assert run["update"].failed
    assert "refused ********" in run["update"].msg
    assert run["given"].failed
    assert "refused Bearer ********" in run["given"].msg
    cached = [
        json.loads(file.read_text())["access_token"]
        for file in (lab.folder / "cache" / "aep.flow_service" / "tokens").iterdir()
        if file.suffix != ".lock"
    ]
    assert len(cached) == 1
    told = run.output + "".join(path.read_text() for path in lab.folder.glob("record-*"))
    for secret in (SECRET, encoded, quoted, cached[0]):
        assert secret not in told
    # Ansible itself shows the environment of a task at this verbosity, so that line is not ours.
    assert f"refused Bearer {given}" not in told


def test_module_defaults_with_the_group(lab: Lab) -> None:
    options = {name.removeprefix("AEP_").lower(): value for name, value in lab.variables.items()}
    lab.variables = {}
    run = lab.play(
        task("flow spec", "flow_spec_info", **READ),
        task("flow spec write", "flow_spec", **READ, check=True),
        task("connection spec", "connection_spec_info"),
        task("connection spec write", "connection_spec", check=True, name="x", provider_id="y"),
        task("link", "flow_spec_source_link", check=True, flow_spec_id=REST_STORAGE, connection_spec_ids=[]),
        play={"module_defaults": {"group/aep.flow_service.all": options}},
    )
    assert run.status == 0, run.output
    assert len(run.outcomes) == 5
