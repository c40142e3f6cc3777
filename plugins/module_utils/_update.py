# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Write over a spec that others write too, and see the change kept.

A PUT replaces the whole spec and carries no version, so what another writer put there since our read would be
gone. Hence: read right before writing, wait until a write based on an older read must have landed, read back,
and merge and write again if the change is no longer there. Where the service gives an etag, that does the same
without the wait.
"""

from __future__ import annotations

import dataclasses
import functools
import random
import time
import typing as t
from collections.abc import Callable

from ansible_collections.aep.flow_service.plugins.module_utils._compare import Change, Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    LostWriteError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._flow_service import Live, Specs
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import Spec, is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._transport import ServiceError, StaleReadError

# Enough for a dozen controllers that write the same spec at the same time; each round waits for settle_time.
ROUNDS: t.Final = 25


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done to a spec: the whole ``spec`` as it should be, and the ``changes`` that make it so."""

    spec: Spec
    changes: list[Change]


Planner = Callable[[Spec], Plan]


@dataclasses.dataclass(frozen=True)
class Updated:
    """What came of an update. ``before`` and ``plan`` are those of the first write, or of no write at all."""

    before: Spec
    plan: Plan
    live: Live
    warnings: list[str]


@dataclasses.dataclass(frozen=True)
class _Sent:
    """A write that the service has answered."""

    body: Spec
    answer: Live | None
    by_etag: bool


class Update:
    """One change to one spec, planned anew on whatever is found there, until it is seen to be kept."""

    def __init__(self, specs: Specs, plan: Planner, owed: Spec | None = None) -> None:
        """``owed`` holds fields that a write has already lost under the first spelling of their names."""
        self._specs = specs
        self._kind = specs.kind
        self._plan = plan
        self._settle_time = specs.connection.settle_time
        self._owed = dict(owed or {})
        self._spelling = 1 if owed else 0
        self._first: tuple[Spec, Plan] | None = None
        self._lost_before: set[Path] = set()

    def run(self, live: Live) -> Updated:
        """Bring the spec in line, starting from what was read.

        Raises FlowServiceError, with the fact ``previous`` once a write was sent.
        """
        try:
            return self._converge(live)
        except FlowServiceError as error:
            if self._first is not None:
                error.add(id=live.id, previous=self._kind.writable(self._first[0]))
            raise

    def _converge(self, live: Live) -> Updated:
        for _round in range(ROUNDS):
            live, sent = self._write(live)
            if sent is None:
                return self._done(live, [])
            stored = self._read_back(live, sent)
            if self._take_up_lost_spelling(sent, stored):
                live = stored
                continue
            made = self._made_by_the_service(sent, stored)
            paths = {change.path for change in made}
            lost = {change.path for change in made if change.removes}
            pending = [change for change in self._planned(stored).changes if change.path not in paths]
            if lost and (not pending) and self._is_final_loss(lost, stored):
                raise self._lost(stored, [change for change in made if change.removes])
            self._lost_before = lost
            if not pending and not lost:
                return self._done(stored, self._warnings(stored, made))
            live = stored
        raise LostWriteError(
            f"Could not update {self._kind.label(live.spec)}: the change was written {ROUNDS} times, and each time"
            " it was gone when it was read back, so others keep writing over it. Nothing of theirs was removed."
            " Next step: find out who else writes this spec, or raise settle_time, and run again."
        )

    def _done(self, live: Live, warnings: list[str]) -> Updated:
        before, plan = self._first or (live.spec, Plan(live.spec, []))
        return Updated(before, plan, live, warnings)

    def _planned(self, live: Live) -> Plan:
        """The plan for what was found, with what our own writes have lost put back into it."""
        missing = {name: value for name, value in self._owed.items() if is_empty(live.spec.get(name))}
        plan = self._plan({**live.spec, **missing})
        if not missing:
            return plan
        return Plan(plan.spec, plan.changes + self._kind.changes(live.spec, plan.spec, missing))

    def _write(self, live: Live) -> tuple[Live, _Sent | None]:
        """Send the plan, on the ground of a read that nothing can have overtaken; nothing where none is needed."""
        budget = self._specs.transport.budget()
        patience = self._specs.connection.lock_patience
        conflict: FlowServiceError | None = None
        for _conflict in range(ROUNDS):
            with self._specs.lock(live.id).held(patience) as lock:
                if not (self._is_fresh(live) and lock.unchanged_since(live.read_at)):
                    live = self._read(live)
                plan = self._planned(live)
                if not plan.changes:
                    return live, None
                self._first = self._first or (live.spec, plan)
                body = self._kind.writable(plan.spec)
                still_fresh = functools.partial(self._is_fresh, live)
                try:
                    with lock.writing():
                        answer = self._specs.replace(live, body, self._spelling, budget, still_fresh)
                    return live, _Sent(body, answer, by_etag=live.etag is not None)
                except StaleReadError:
                    pass
                except ServiceError as error:
                    if not _is_conflict(error):
                        raise
                    conflict = error
                    time.sleep(random.uniform(0, min(0.1, self._settle_time)))
            live = self._read(live)
        raise conflict or LostWriteError(f"Could not update {self._kind.label(live.spec)}: it was never quiet.")

    def _is_fresh(self, live: Live) -> bool:
        # Without a time to settle, the user vouches for being the only writer.
        return self._settle_time == 0 or live.is_fresh(self._settle_time / 2)

    def _read(self, live: Live) -> Live:
        found = self._specs.get(live.id)
        if found is None:
            raise NotFoundError(
                f"{self._kind.label(live.spec)} was there a moment ago and is no longer found."
                " Next step: look whether somebody changed the sandbox, then run again."
            )
        return found

    def _read_back(self, live: Live, sent: _Sent) -> Live:
        """The spec once every write that was based on an older read must have landed."""
        if sent.answer is not None and self._lost_spellings(sent, sent.answer):
            # A shared spec that stands without its transformations is not to stand so for long.
            stored = self._read(live)
            if self._lost_spellings(sent, stored):
                return stored
        if sent.by_etag:
            return self._read(live)
        time.sleep(self._settle_time)
        stored = self._read(live)
        expected = sent.answer or dataclasses.replace(live, spec=sent.body)
        # Somebody wrote since: one more of them may have read before our change was there. Wait for a quiet time.
        for _round in range(ROUNDS):
            if self._settle_time == 0 or self._is_untouched(expected, stored) or self._planned(stored).changes:
                break
            time.sleep(self._settle_time)
            expected, stored = stored, self._read(live)
        return stored

    def _is_untouched(self, expected: Live, stored: Live) -> bool:
        stamps = [live.spec.get("updatedAt") for live in (expected, stored)]
        return (None in stamps or stamps[0] == stamps[1]) and not self._kind.changes(expected.spec, stored.spec)

    def _lost_spellings(self, sent: _Sent, found: Live) -> Spec:
        return {
            name: sent.body[name]
            for name in self._kind.spellings
            if not is_empty(sent.body.get(name)) and is_empty(found.spec.get(name))
        }

    def _take_up_lost_spelling(self, sent: _Sent, stored: Live) -> bool:
        """Turn to the next spelling if the service lost a field that can be spelled in several ways."""
        lost = self._lost_spellings(sent, stored)
        if not lost:
            return False
        self._owed.update(lost)
        self._spelling += 1
        if self._spelling == self._kind.spelling_choices:
            raise self._lost(stored, self._kind.changes(sent.body, stored.spec, lost))
        return True

    def _made_by_the_service(self, sent: _Sent, stored: Live) -> list[Change]:
        """Where the stored spec deviates from what was sent, and did so already in the answer to the write.

        What deviates in the answer alone is a slip of the answer; in the stored spec alone, another writer's work.
        """
        if sent.answer is None:
            return []
        answered = {change.path for change in self._kind.changes(sent.body, sent.answer.spec)}
        return [change for change in self._kind.changes(sent.body, stored.spec) if change.path in answered]

    def _is_final_loss(self, lost: set[Path], stored: Live) -> bool:
        """Whether writing again is of no use: it was tried, or nothing that we manage is concerned."""
        return lost <= self._lost_before or not self._planned(stored).changes

    def _lost(self, stored: Live, lost: list[Change]) -> LostWriteError:
        return lost_write(self._specs, stored, lost)

    def _warnings(self, stored: Live, made: list[Change]) -> list[str]:
        return normalised_warnings(self._specs, stored, made)


def lost_write(specs: Specs, stored: Live, lost: list[Change]) -> LostWriteError:
    """The failure for fields that the service took and did not keep."""
    paths = ", ".join(format_path(change.path) for change in lost)
    return LostWriteError(
        f"{specs.kind.label(stored.spec)} was written, but the service did not keep {paths}."
        " Next step: compare with 'previous' what is there now; leave these fields out of the definition or"
        " name them in ignore_paths if the service does not know them, or report it to Adobe.",
        id=stored.id,
        lost=[change.as_result() for change in lost],
    )


def normalised_warnings(specs: Specs, stored: Live, made: list[Change]) -> list[str]:
    """The warning for fields that the service keeps in another form than they were sent."""
    if not made:
        return []
    paths = ", ".join(format_path(change.path) for change in made)
    return [
        f"The service keeps {specs.kind.label(stored.spec)} otherwise than it was sent, at {paths}."
        " Adapt the definition, or name these paths in ignore_paths, to see no change on the next run."
    ]


def _is_conflict(error: ServiceError) -> bool:
    """Whether a write was refused for want of the current etag."""
    return error.status in (412, 428) or error.code.removeprefix("FLOW-").startswith("1403-")
