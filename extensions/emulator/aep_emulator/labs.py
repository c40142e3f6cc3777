# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator serves many clients apart: what is recorded, broken and switched is looked up by client id."""

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

from aep_emulator.switches import Switches, checked

# The client id under which faults and switches for every client are kept.
EVERY_CLIENT = ""
# A token that is good from the start, so that a given token can be tried as well.
FIXED_TOKEN = "emulator-token"  # noqa: S105 - no secret: it is documented


@dataclasses.dataclass
class Record:
    """A request as it was seen. Tokens and secrets are kept as the start of their hash only."""

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
    """Something to go wrong with requests that match."""

    action: dict[str, t.Any]
    method: str | None = None
    path: str | None = None
    skip: int = 0
    times: int | None = 1

    def takes(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
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
class Lab:
    """What belongs to one client id."""

    records: list[Record] = dataclasses.field(default_factory=list)
    faults: list[Fault] = dataclasses.field(default_factory=list)
    switches: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    recent: deque[float] = dataclasses.field(default_factory=deque)


class Labs:
    """The labs of all clients, and the tokens that were issued."""

    def __init__(self, switches: Mapping[str, t.Any]) -> None:
        self._labs: dict[str, Lab] = {EVERY_CLIENT: Lab(switches=checked(switches))}
        self._tokens: dict[str, tuple[str, float]] = {FIXED_TOKEN: (EVERY_CLIENT, float("inf"))}
        self._count = 0

    def of(self, client_id: str) -> Lab:
        """The lab of a client."""
        return self._labs.setdefault(client_id, Lab())

    def switches(self, client_id: str) -> Switches:
        """The switches as they are in force for a client."""
        return Switches(**{**self.of(EVERY_CLIENT).switches, **self.of(client_id).switches})

    def fault(self, client_id: str, method: str, path: str) -> Fault | None:
        """The fault that hits this request, if any."""
        candidates = (*self.of(client_id).faults, *(self.of(EVERY_CLIENT).faults if client_id else ()))
        return next((fault for fault in candidates if fault.takes(method, path)), None)

    def record(self, client_id: str, **facts: t.Any) -> Record:
        """Record a request."""
        self._count += 1
        record = Record(number=self._count, time=time.time(), client_id=client_id, **facts)
        self.of(client_id).records.append(record)
        return record

    def records(self, client_id: str | None) -> list[Record]:
        """The requests of one client, or of all."""
        if client_id is not None:
            return self.of(client_id).records
        return sorted((record for lab in self._labs.values() for record in lab.records), key=lambda one: one.number)

    def forget_records(self, client_id: str | None) -> None:
        """Forget the requests of one client, or of all."""
        for lab in self._labs.values() if client_id is None else (self.of(client_id),):
            lab.records.clear()

    def exceeds_rate(self, client_id: str, limit: int) -> bool:
        """Count a request; whether it is one too many within a second."""
        recent, now = self.of(client_id).recent, time.monotonic()
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= limit:
            return True
        recent.append(now)
        return False

    def issue_token(self, client_id: str, lifetime: float, token: str | None = None) -> str:
        """A token for a client."""
        token = token or f"eyJ.{secrets.token_urlsafe(48)}"
        self._tokens[token] = (client_id, time.time() + lifetime)
        return token

    def revoke_tokens(self, client_id: str) -> None:
        """Take all tokens from a client, but for the one that is always good."""
        self._tokens = {
            token: facts for token, facts in self._tokens.items() if token == FIXED_TOKEN or facts[0] != client_id
        }

    def is_good(self, token: str) -> bool:
        """Whether the service takes this token."""
        return token in self._tokens and self._tokens[token][1] > time.time()


def fingerprint(secret: str) -> str:
    """What stands for a secret in a record."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:16]


def parsed(raw: bytes) -> t.Any:
    """A body for a record: JSON, or null."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
