# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage of specs in SQLite, with each spec as JSON text."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
import typing as t
from collections.abc import Iterable

from aep_emulator import builtin

Spec = dict[str, t.Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS specs (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL,
    -- For delayed reads: when the body was written, and what was there before (null for nothing).
    written REAL NOT NULL, earlier TEXT,
    revision INTEGER NOT NULL,
    UNIQUE (org, sandbox, kind, id)
);
CREATE TABLE IF NOT EXISTS sandboxes (org TEXT NOT NULL, sandbox TEXT NOT NULL, PRIMARY KEY (org, sandbox));
"""


@dataclasses.dataclass(frozen=True)
class Stored:
    """A stored spec: its JSON text, and how often it was written."""

    text: str
    revision: int

    @property
    def spec(self) -> Spec:
        """The spec itself, as a new copy."""
        return t.cast(Spec, json.loads(self.text))


class Store:
    """All specs of all organizations and sandboxes."""

    def __init__(self, path: str = ":memory:") -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if path != ":memory:":
            self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def scope(self, org: str, sandbox: str) -> Scope:
        """Return the specs of a sandbox, with the built-in specs in a new sandbox."""
        fresh = self._db.execute("INSERT OR IGNORE INTO sandboxes VALUES (?, ?)", (org, sandbox)).rowcount
        scope = Scope(self._db, org, sandbox)
        if fresh:
            for name, kind in builtin.KINDS.items():
                scope.put_all(name, kind.specs())
        return scope


class Scope:
    """The specs of one sandbox of one organization."""

    def __init__(self, db: sqlite3.Connection, org: str, sandbox: str) -> None:
        self._db = db
        self.org = org
        self.sandbox = sandbox

    def put(self, kind: str, spec: Spec) -> None:
        """Store a spec under its ID."""
        now = time.time()
        self._db.execute(
            "INSERT INTO specs (org, sandbox, kind, id, body, written, earlier, revision)"
            " VALUES (?, ?, ?, ?, ?, ?, NULL, 1) ON CONFLICT DO UPDATE SET"
            " earlier = body, body = excluded.body, written = excluded.written, revision = revision + 1",
            (self.org, self.sandbox, kind, spec["id"], _dump(spec), now),
        )

    def put_all(self, kind: str, specs: Iterable[Spec]) -> None:
        """Store many new specs without a write time, all of them or none."""
        self._db.execute("BEGIN")
        try:
            self._db.executemany(
                "INSERT OR REPLACE INTO specs (org, sandbox, kind, id, body, written, earlier, revision)"
                " VALUES (?, ?, ?, ?, ?, 0, NULL, 1)",
                ((self.org, self.sandbox, kind, spec["id"], _dump(spec)) for spec in specs),
            )
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def delete(self, kind: str, spec_id: str) -> bool:
        """Delete a spec, and return whether it existed."""
        where = (self.org, self.sandbox, kind, spec_id)
        return bool(self._db.execute("DELETE FROM specs WHERE org=? AND sandbox=? AND kind=? AND id=?", where).rowcount)

    def get(self, kind: str, spec_id: str, delay: float = 0) -> Stored | None:
        """Return a spec by ID, without a last write that is younger than ``delay`` seconds."""
        return next(self._select(kind, delay, "AND id = ?", (spec_id,)), None)

    def all(self, kind: str, delay: float = 0) -> list[Stored]:
        """Return all specs of a kind, in the order of their creation."""
        return list(self._select(kind, delay))

    def _select(self, kind: str, delay: float, condition: str = "", values: tuple[str, ...] = ()) -> t.Iterator[Stored]:
        rows = self._db.execute(
            "SELECT CASE WHEN written > ? THEN earlier ELSE body END, revision FROM specs"  # noqa: S608 - the condition is ours
            f" WHERE org = ? AND sandbox = ? AND kind = ? {condition} ORDER BY position",
            (time.time() - delay if delay else float("inf"), self.org, self.sandbox, kind, *values),
        )
        return (Stored(text, revision) for text, revision in rows if text is not None)


def _dump(spec: Spec) -> str:
    return json.dumps(spec)
