# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request lasts no longer than its timeout, whatever it is that takes so long."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import socket
import time
import typing as t
from collections.abc import Iterator

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import NoAnswerError, Transport
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from lab.servers import answering, dripping

TIMEOUT = 0.5
# What a loaded machine may need besides.
SLACK = 1.0
BODY = json.dumps({"items": [{"name": "x" * 300}]}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(BODY)
ZIPPED = gzip.compress(os.urandom(300))
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED)
LONG_HEADER = b"X-Long: " + b"x" * 300
# What is sent at once, and what byte by byte, for more than ten times the timeout.
DRIPS = {
    "body": (HEAD + b"\r\n", BODY),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 60),
    "compressed body": (GZIP, ZIPPED),
    "one header": (HEAD, LONG_HEADER),
    "headers": (HEAD, b"X: y\r\n" * 50),
    "status line": (b"", b"HTTP/1.1 200 " + b"x" * 300),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 12),
}


def transport(url: str, **options: t.Any) -> Transport:
    given = {"client_id": "c", "org_id": "o", "access_token": "t", "base_url": url, "timeout": TIMEOUT, **options}
    validated = ArgumentSpecValidator(connection_options()).validate(given)
    assert not validated.error_messages
    return Transport(Settings.from_params(validated.validated_parameters))


def seconds_until_failure(sender: Transport, failure: type[FlowServiceError] = NoAnswerError) -> float:
    started = time.monotonic()
    with pytest.raises(failure):
        sender.send("GET", f"{sender.settings.base_url}/x", headers={}, what="read")
    return time.monotonic() - started


@pytest.mark.parametrize("case", DRIPS)
def test_an_answer_that_drips(case: str) -> None:
    first, slow = DRIPS[case]
    with dripping(slow, first) as server:
        assert TIMEOUT / 2 < seconds_until_failure(transport(f"http://{server.place}")) < TIMEOUT + SLACK


@pytest.mark.parametrize("url", ["http://127.0.0.3:9", "https://127.0.0.3:9"])
def test_a_proxy_that_drips(url: str) -> None:
    with dripping(LONG_HEADER, b"HTTP/1.1 200 OK\r\n") as proxy:
        sender = transport(url, proxy=f"http://{proxy.place}")
        assert TIMEOUT / 2 < seconds_until_failure(sender) < TIMEOUT + SLACK


def test_a_tls_handshake_that_drips() -> None:
    # The start of a long record, so that the client waits for the rest of it.
    with dripping(bytes(300), b"\x16\x03\x03\x20\x00") as server:
        assert TIMEOUT / 2 < seconds_until_failure(transport(f"https://{server.place}")) < TIMEOUT + SLACK


def test_a_small_answer_that_grows_large() -> None:
    # Gzip goes on where another file begins, and a small one is quickly made.
    large = gzip.compress(b" " * 10_000_000) * 100
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(large)
    with dripping(b"", head + large) as server:
        assert seconds_until_failure(transport(f"http://{server.place}", timeout=0.1)) < 0.1 + SLACK


@contextlib.contextmanager
def unanswered_port() -> Iterator[int]:
    """A port where a connection is neither accepted nor refused, as behind a firewall."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _place in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_connection_that_nobody_accepts() -> None:
    with unanswered_port() as port:
        assert TIMEOUT / 2 < seconds_until_failure(transport(f"http://127.0.0.1:{port}")) < TIMEOUT + SLACK


def test_all_addresses_of_a_host_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with unanswered_port() as port:
        facts = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)
        several = [*facts, *socket.getaddrinfo("127.0.0.2", port, type=socket.SOCK_STREAM), *facts]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **more: several if host == "localhost" else real(host, *rest, **more),
        )
        # Nobody listens at the second address; the first one takes its share.
        assert seconds_until_failure(transport(f"http://localhost:{port}")) < TIMEOUT + SLACK


def test_the_second_address_is_tried_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with unanswered_port() as dead, answering() as server:
        port = int(server.place.partition(":")[2])
        real = socket.getaddrinfo
        several = ["127.0.0.5", "127.0.0.1"]
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **more: (
                [real(one, *rest, **more)[0] for one in several] if host == "localhost" else real(host, *rest, **more)
            ),
        )
        assert dead
        sender = transport(f"http://localhost:{port}")
        assert sender.send("GET", f"{sender.settings.base_url}/x", headers={}, what="read").status == 200


def test_connections_are_kept_and_start_anew() -> None:
    """A request that took nearly all of its time leaves the whole timeout to the next one."""
    with answering() as server:
        sender = transport(f"http://{server.place}")
        for _time in range(3):
            assert sender.send("GET", f"{sender.settings.base_url}/x", headers={}, what="read").status == 200
    assert server.asked == ["/x"] * 3
