# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of each client: one emulator serves many clients, and looks up records, faults, and switches by client ID."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import secrets
import time
import typing as t
from collections import deque
from collections.abc import Mapping

from aep_emulator.switches import Switches, validate_switches

# The client ID of faults and switches that apply to every client.
EVERY_CLIENT = ""
# A token that is valid from the start, so that clients can also be tried with a token.
FIXED_TOKEN = "emulator-token"  # noqa: S105 - no secret: it is documented


@dataclasses.dataclass
class Record:
    """A recorded request. For tokens and secrets, it has the start of a hash only."""

    number: int
    time: float
    method: str
    path: str
    query: str
    service: str
    client_id: str
    headers: dict[str, str]
    body: t.Any
    client_port: int | None = None
    status: int | None = None
    duration_ms: float | None = None
    fault: str | None = None


@dataclasses.dataclass
class Fault:
    """A failure for requests that match."""

    action: dict[str, t.Any]
    method: str | None = None
    path: str | None = None
    skip: int = 0
    times: int | None = 1

    def matches(self, method: str, path: str) -> bool:
        """Return whether the fault applies to this request, and count the request."""
        if (self.method and self.method != method) or (self.path and not re.search(self.path, path)):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            if self.times <= 0:
                return False
            self.times -= 1
        return True


@dataclasses.dataclass
class ClientState:
    """The records, faults, and switches of a client ID."""

    records: list[Record] = dataclasses.field(default_factory=list)
    faults: list[Fault] = dataclasses.field(default_factory=list)
    switches: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    recent: deque[float] = dataclasses.field(default_factory=deque)


class ClientRegistry:
    """The state of each client, and the issued tokens."""

    def __init__(self, switches: Mapping[str, t.Any]) -> None:
        self._clients: dict[str, ClientState] = {EVERY_CLIENT: ClientState(switches=validate_switches(switches))}
        self._tokens: dict[str, tuple[str, float]] = {FIXED_TOKEN: (EVERY_CLIENT, float("inf"))}
        self._count = 0

    def state(self, client_id: str) -> ClientState:
        """Return the state of a client."""
        return self._clients.setdefault(client_id, ClientState())

    def switches(self, client_id: str) -> Switches:
        """Return the switches that apply to a client."""
        return Switches(**{**self.state(EVERY_CLIENT).switches, **self.state(client_id).switches})

    def fault(self, client_id: str, method: str, path: str) -> Fault | None:
        """Return the first fault that applies to this request."""
        candidates = (*self.state(client_id).faults, *(self.state(EVERY_CLIENT).faults if client_id else ()))
        return next((fault for fault in candidates if fault.matches(method, path)), None)

    def record(self, client_id: str, **facts: t.Any) -> Record:
        """Record a request."""
        self._count += 1
        record = Record(number=self._count, time=time.time(), client_id=client_id, **facts)
        self.state(client_id).records.append(record)
        return record

    def records(self, client_id: str | None) -> list[Record]:
        """Return the requests of one client, or of all clients."""
        if client_id is not None:
            return self.state(client_id).records
        return sorted(
            (record for state in self._clients.values() for record in state.records), key=lambda record: record.number
        )

    def forget_records(self, client_id: str | None) -> None:
        """Delete the requests of one client, or of all clients."""
        for state in self._clients.values() if client_id is None else (self.state(client_id),):
            state.records.clear()

    def exceeds_rate(self, client_id: str, limit: int) -> bool:
        """Count a request, and return whether it exceeds the limit for one second."""
        recent, now = self.state(client_id).recent, time.monotonic()
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= limit:
            return True
        recent.append(now)
        return False

    def issue_token(self, client_id: str, lifetime: float, token: str | None = None) -> str:
        """Issue a token to a client."""
        token = token or f"eyJ.{secrets.token_urlsafe(48)}"
        self._tokens[token] = (client_id, time.time() + lifetime)
        return token

    def revoke_tokens(self, client_id: str) -> None:
        """Revoke all tokens of a client except the fixed token."""
        self._tokens = {
            token: facts for token, facts in self._tokens.items() if token == FIXED_TOKEN or facts[0] != client_id
        }

    def is_valid_token(self, token: str) -> bool:
        """Return whether the service accepts this token."""
        return token in self._tokens and self._tokens[token][1] > time.time()


def fingerprint(secret: str) -> str:
    """Return the start of a hash, which replaces a secret in a record."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:16]


def parse_body(raw: bytes) -> t.Any:
    """Return the JSON of a body, or None."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
