# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""One timeout for a whole request: connecting, and reading an answer however slowly it comes.

The timeout of a socket begins anew with each byte, and with each address of a host. Here, every wait for the network
lasts no longer than what is left of the timeout of the request.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import time
import typing as t

try:
    import requests.adapters
    import urllib3.connection
    import urllib3.connectionpool
    import urllib3.exceptions
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

# Seconds; a socket takes 0 for "do not wait at all".
_SHORTEST: t.Final = 0.001


# Any: the versions of urllib3 and requests differ in the types of what is only passed on here.
_Any = t.Any


class _BoundedReader(io.RawIOBase):
    """What comes from a socket, up to the moment at which its timeout would end if it began now."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        # Holds the socket open for as long as the answer is read, also after the connection is closed.
        self._raw = t.cast(io.RawIOBase, connected.makefile("rb", buffering=0))
        self._timeout = connected.gettimeout()
        self._end = None if self._timeout is None else time.monotonic() + self._timeout

    def readable(self) -> bool:
        """Return that the stream is readable."""
        return True

    def readinto(self, buffer: _Any) -> int | None:
        """Read once.

        Raises TimeoutError when no time is left.
        """
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        if not self.closed:
            with contextlib.suppress(OSError):
                # The next request on this connection begins with a whole timeout.
                self._socket.settimeout(self._timeout)
            self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """An answer whose status line, headers and body have one timeout together, that of the socket at its start."""

    def __init__(self, sock: socket.socket, *arguments: _Any, **named: _Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReader(sock))


if HAS_REQUESTS:

    class _BoundedConnecting:
        """A connection whose addresses have one timeout together; mixed into the connections of urllib3."""

        response_class: _Any = _BoundedResponse
        host: str
        port: int
        timeout: _Any

        def _new_conn(self) -> socket.socket:
            connect = super()._new_conn  # type: ignore[misc]  # of the connection it is mixed into
            host, timeout = self.host, self.timeout
            if not isinstance(timeout, (int, float)):
                return t.cast(socket.socket, connect())
            end = time.monotonic() + timeout
            addresses = self._addresses()
            try:
                while True:
                    # A fair share for each address: the first one can be out of reach where the second one is not.
                    self.host = addresses.pop(0)
                    self.timeout = max(end - time.monotonic(), _SHORTEST) / (len(addresses) + 1)
                    try:
                        connected = t.cast(socket.socket, connect())
                    except (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError):
                        if not addresses:
                            raise
                        continue
                    # What is left is for a tunnel and for the TLS handshake.
                    connected.settimeout(max(end - time.monotonic(), _SHORTEST))
                    return connected
            finally:
                self.host, self.timeout = host, timeout

        def _addresses(self) -> list[str]:
            try:
                found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                # urllib3 has its own error for it.
                return [self.host]
            return list(dict.fromkeys(str(facts[4][0]) for facts in found))

    class _HTTPConnection(_BoundedConnecting, urllib3.connection.HTTPConnection):
        pass

    class _HTTPSConnection(_BoundedConnecting, urllib3.connection.HTTPSConnection):
        pass

    class _HTTPPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = _HTTPConnection

    class _HTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = _HTTPSConnection

    _POOLS: t.Final = {"http": _HTTPPool, "https": _HTTPSPool}

    class BoundedAdapter(requests.adapters.HTTPAdapter):
        """The adapter of a session whose requests end in time, except through a SOCKS proxy."""

        def init_poolmanager(self, *arguments: _Any, **named: _Any) -> None:
            """Make the pools of connections."""
            super().init_poolmanager(*arguments, **named)
            self.poolmanager.pool_classes_by_scheme = _POOLS

        def proxy_manager_for(self, proxy: str, **named: _Any) -> _Any:
            """Make the pools of connections through a proxy."""
            manager = super().proxy_manager_for(proxy, **named)
            if not proxy.lower().startswith("socks"):
                manager.pool_classes_by_scheme = _POOLS
            return manager

        def send(self, request: _Any, *arguments: _Any, **named: _Any) -> _Any:
            """Send a request; ``timeout`` is for all of it, from its start to the end of the headers of the answer."""
            named["timeout"] = urllib3.Timeout(total=named["timeout"])
            return super().send(request, *arguments, **named)
