# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage of specs and other resources in SQLite, with each resource as JSON text."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
import typing as t
from collections.abc import Iterable

from aep_emulator import builtin

Content = dict[str, t.Any]

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
-- Events of the future, such as a run that starts or a state that changes.
CREATE TABLE IF NOT EXISTS jobs (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, due REAL NOT NULL, action TEXT NOT NULL,
    resource TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sandboxes (org TEXT NOT NULL, sandbox TEXT NOT NULL, PRIMARY KEY (org, sandbox));
"""


@dataclasses.dataclass(frozen=True)
class Stored:
    """A stored spec: its JSON text, and how often it was written."""

    text: str
    revision: int

    @property
    def content(self) -> Content:
        """The spec, as a new copy."""
        return t.cast(Content, json.loads(self.text))


@dataclasses.dataclass(frozen=True)
class Job:
    """An event of the future: what happens to which resource, and when."""

    due: float
    action: str
    resource_id: str
    data: Content


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
            for name, resources in builtin.RESOURCES.items():
                scope.put_all(name, resources)
        return scope

    def organization(self, org: str) -> Scope:
        """Return the resources that belong to an organization and to no sandbox."""
        return Scope(self._db, org, "")

    def shared(self) -> Scope:
        """Return the resources that belong to no sandbox."""
        return Scope(self._db, "", "")


class Scope:
    """The specs of one sandbox of one organization."""

    def __init__(self, db: sqlite3.Connection, org: str, sandbox: str) -> None:
        self._db = db
        self.org = org
        self.sandbox = sandbox

    def put(self, kind: str, spec: Content) -> None:
        """Store a spec under its ID."""
        now = time.time()
        self._db.execute(
            "INSERT INTO specs (org, sandbox, kind, id, body, written, earlier, revision)"
            " VALUES (?, ?, ?, ?, ?, ?, NULL, 1) ON CONFLICT DO UPDATE SET"
            " earlier = body, body = excluded.body, written = excluded.written, revision = revision + 1",
            (self.org, self.sandbox, kind, spec["id"], _dump(spec), now),
        )

    def put_all(self, kind: str, specs: Iterable[Content]) -> None:
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

    def schedule(self, job: Job) -> None:
        """Add a job."""
        self._db.execute(
            "INSERT INTO jobs (org, sandbox, due, action, resource, data) VALUES (?, ?, ?, ?, ?, ?)",
            (self.org, self.sandbox, job.due, job.action, job.resource_id, _dump(job.data)),
        )

    def cancel(self, resource_id: str, *actions: str) -> None:
        """Delete jobs of a resource."""
        for action in actions:
            self._db.execute(
                "DELETE FROM jobs WHERE org = ? AND sandbox = ? AND resource = ? AND action = ?",
                (self.org, self.sandbox, resource_id, action),
            )

    def next_job(self, now: float) -> Job | None:
        """Remove the earliest job that is due, and return it."""
        row = self._db.execute(
            "SELECT position, due, action, resource, data FROM jobs WHERE org = ? AND sandbox = ? AND due <= ?"
            " ORDER BY due, position LIMIT 1",
            (self.org, self.sandbox, now),
        ).fetchone()
        if row is None:
            return None
        position, due, action, resource_id, data = row
        self._db.execute("DELETE FROM jobs WHERE position = ?", (position,))
        return Job(due, action, resource_id, json.loads(data))

    def _select(self, kind: str, delay: float, condition: str = "", values: tuple[str, ...] = ()) -> t.Iterator[Stored]:
        rows = self._db.execute(
            "SELECT CASE WHEN written > ? THEN earlier ELSE body END, revision FROM specs"  # noqa: S608 - the condition is ours
            f" WHERE org = ? AND sandbox = ? AND kind = ? {condition} ORDER BY position",
            (time.time() - delay if delay else float("inf"), self.org, self.sandbox, kind, *values),
        )
        return (Stored(text, revision) for text, revision in rows if text is not None)


def _dump(spec: Content) -> str:
    return json.dumps(spec)
