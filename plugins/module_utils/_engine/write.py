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

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan, Planner, Updated
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import read
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    LostWriteError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import HeldLock
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import ServiceError, StaleReadError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, canonical, is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec

# Enough for a dozen controllers that write the same spec at the same time.
MAX_WRITE_ATTEMPTS: t.Final = 25


@dataclasses.dataclass(frozen=True)
class _Sent:
    """A write that the service has answered."""

    body: Spec
    variant: int
    by_etag: bool
    answer: LiveSpec
    """What the answer showed or, where it did not show the spec, what a read right after it showed."""
    is_answered: bool
    """Whether it is the answer that showed the spec."""


class Update:
    """One change to one spec, planned anew on whatever is found there, until it is seen to be kept."""

    def __init__(self, specs: Collection, plan: Planner, dropped_fields: Spec | None = None) -> None:
        """Accept the fields that an earlier write lost under the first variant of their names."""
        self._specs = specs
        self._kind = specs.kind
        self._plan = plan
        self._settle_time = specs.settings.settle_time
        self._dropped_fields = dict(dropped_fields or {})
        # A shared spec is written under the field name variant that it was read under; a new one under the first.
        self._variant: int | None = None
        self._lost_variants = {0} if dropped_fields else set()
        self._first: tuple[Spec, Plan] | None = None
        self._lost_before: set[Path] = set()
        self._deviations_before: set[str] = set()
        self._conflict: ServiceError | None = None

    def run(self, live: LiveSpec) -> Updated:
        """Bring the spec in line, starting from what was read.

        Raises FlowServiceError, with the fact ``previous`` once a write was sent.
        """
        try:
            return self._converge(live)
        except FlowServiceError as error:
            if self._first is not None:
                error.add(id=live.id, previous=self._kind.writable(self._first[0]))
            raise

    def _converge(self, live: LiveSpec) -> Updated:
        for _attempt in range(MAX_WRITE_ATTEMPTS):
            with self._specs.lock(live.id).held(self._specs.settings.lock_patience) as lock:
                if not (self._is_fresh(live) and lock.unchanged_since(live.read_at)):
                    live = read(self._specs, live)
                plan = self._planned(live)
                if not plan.changes:
                    return self._done(live, [])
                sent = self._write(live, plan, lock)
            if sent is None:
                live = read(self._specs, live)
                continue
            stored = self._read_back(live, sent)
            warnings = self._verify(sent, stored)
            if warnings is not None:
                return self._done(stored, warnings)
            live = stored
        raise self._conflict or LostWriteError(
            f"Could not update {self._kind.label(live.spec)}: in each of {MAX_WRITE_ATTEMPTS} attempts, it changed"
            " before the write, or the change was gone when it was read back, because other clients overwrite it. The"
            " task removed none of their changes. Next step: find the other clients, or increase settle_time, and"
            " run again."
        )

    def _verify(self, sent: _Sent, stored: LiveSpec) -> list[str] | None:
        """Compare what is stored with what was sent: the warnings of a change that is kept; None to write again.

        Raises LostWriteError where writing again is of no use.
        """
        if self._adopt_next_variant(sent, stored):
            return None
        made = self._find_service_changes(sent, stored)
        paths = {change.path for change in made}
        lost = {change.path for change in made if change.removes}
        pending = [change for change in self._planned(stored).changes if change.path not in paths]
        if lost and not pending and (not sent.is_answered or self._is_final_loss(lost, stored)):
            raise self._lost(stored, [change for change in made if change.removes])
        self._lost_before = lost
        return None if pending or lost else self._warnings(stored, made)

    def _done(self, live: LiveSpec, warnings: list[str]) -> Updated:
        before, plan = self._first or (live.spec, Plan(live.spec, []))
        return Updated(before, plan, live, warnings)

    def _planned(self, live: LiveSpec) -> Plan:
        """Return the plan for the live spec, including the values that earlier writes lost."""
        missing = {name: value for name, value in self._dropped_fields.items() if is_empty(live.spec.get(name))}
        plan = self._plan({**live.spec, **missing})
        if not missing:
            return plan
        return Plan(plan.spec, plan.changes + self._kind.changes(live.spec, plan.spec, missing))

    def _write(self, live: LiveSpec, plan: Plan, lock: HeldLock) -> _Sent | None:
        """Send the plan, which was made on a read that nothing can have overtaken; None where it must be read again."""
        self._first = self._first or (live.spec, plan)
        self._conflict = None
        body, variant = self._kind.writable(plan.spec), self._choose_variant(live)
        budget, still_fresh = self._specs.transport.budget(), functools.partial(self._is_fresh, live)
        try:
            with lock.writing():
                answer = self._specs.replace(live, body, variant, budget, still_fresh)
        except StaleReadError:
            return None
        except ServiceError as error:
            if not is_conflict(error):
                raise
            self._conflict = error
            time.sleep(random.uniform(0, min(0.1, self._settle_time)))
            return None
        is_answered = answer is not None
        return _Sent(body, variant, live.etag is not None, answer or read(self._specs, live), is_answered)

    def _choose_variant(self, live: LiveSpec) -> int:
        """Return the field name variant to write under: the one that was read, unless it has lost the field."""
        if self._variant is None:
            self._variant = live.variant
        order: tuple[int, ...] = (self._variant or 0, *range(self._kind.spelling_choices))
        return next(variant for variant in order if variant not in self._lost_variants)

    def _is_fresh(self, live: LiveSpec) -> bool:
        # Without a time to settle, the user vouches for being the only writer.
        return self._settle_time == 0 or live.is_fresh(self._settle_time / 2)

    def _read_back(self, live: LiveSpec, sent: _Sent) -> LiveSpec:
        """Read the spec after every write that is based on an older read took effect."""
        if self._lost_spellings(sent, sent.answer):
            # A shared spec that stands without its transformations is not to stand so for long.
            stored = read(self._specs, live) if sent.is_answered else sent.answer
            if self._lost_spellings(sent, stored):
                return stored
        if not sent.is_answered and (sent.by_etag or self._settle_time == 0):
            return sent.answer
        if sent.by_etag:
            return read(self._specs, live)
        time.sleep(self._settle_time)
        stored = read(self._specs, live)
        expected = sent.answer
        # Another client wrote after this task. A third one might have read before the change, so wait again.
        for _round in range(MAX_WRITE_ATTEMPTS):
            if self._settle_time == 0 or self._is_untouched(expected, stored) or self._planned(stored).changes:
                break
            time.sleep(self._settle_time)
            expected, stored = stored, read(self._specs, live)
        return stored

    def _is_untouched(self, expected: LiveSpec, stored: LiveSpec) -> bool:
        stamps = [live.spec.get("updatedAt") for live in (expected, stored)]
        return (None in stamps or stamps[0] == stamps[1]) and not self._kind.changes(expected.spec, stored.spec)

    def _lost_spellings(self, sent: _Sent, found: LiveSpec) -> Spec:
        return {
            name: sent.body[name]
            for name in self._kind.spellings
            if not is_empty(sent.body.get(name)) and is_empty(found.spec.get(name))
        }

    def _adopt_next_variant(self, sent: _Sent, stored: LiveSpec) -> bool:
        """Turn to the next field name variant if the service lost a field that has several."""
        lost = self._lost_spellings(sent, stored)
        if not lost:
            return False
        self._dropped_fields.update(lost)
        self._lost_variants.add(sent.variant)
        if len(self._lost_variants) == self._kind.spelling_choices:
            raise self._lost(stored, self._kind.changes(sent.body, stored.spec, lost))
        return True

    def _find_service_changes(self, sent: _Sent, stored: LiveSpec) -> list[Change]:
        """Return the differences between the stored and the sent spec that the response to the write already had.

        What deviates in the answer alone is a slip of the answer; in the stored spec alone, another writer's work.
        Where it was not the answer that showed the spec, another writer can have been there before our first read.
        Then a deviation in what we manage is the service's doing if a second write came to the very same.
        """
        deviations = self._kind.changes(sent.body, stored.spec)
        answered = self._kind.changes(sent.body, sent.answer.spec)
        if sent.is_answered:
            paths = {change.path for change in answered}
            return [change for change in deviations if change.path in paths]
        at_once, before = set(map(_fingerprint, answered)), self._deviations_before
        self._deviations_before = set(map(_fingerprint, deviations))
        managed = {change.path for change in self._planned(stored).changes}
        return [
            change for change in deviations if _fingerprint(change) in (before if change.path in managed else at_once)
        ]

    def _is_final_loss(self, lost: set[Path], stored: LiveSpec) -> bool:
        """Return whether writing again is of no use: it was tried, or nothing that we manage is concerned."""
        return lost <= self._lost_before or not self._planned(stored).changes

    def _lost(self, stored: LiveSpec, lost: list[Change]) -> LostWriteError:
        return lost_write(self._specs, stored, lost)

    def _warnings(self, stored: LiveSpec, made: list[Change]) -> list[str]:
        return normalised_warnings(self._specs, stored, made)


def lost_write(specs: Collection, stored: LiveSpec, lost: list[Change]) -> LostWriteError:
    """Return the failure for fields that the service accepted and did not store."""
    paths = ", ".join(format_path(change.path) for change in lost)
    return LostWriteError(
        f"Could not store all fields of {specs.kind.label(stored.spec)}: the service accepted the request but did not"
        f" store {paths}. Next step: compare the live spec with 'previous'. If the service does not support these"
        " fields, remove them from the definition or add them to ignore_paths.",
        id=stored.id,
        lost=[change.as_result() for change in lost],
    )


def normalised_warnings(specs: Collection, stored: LiveSpec, made: list[Change]) -> list[str]:
    """Return the warning for fields that the service stores differently."""
    if not made:
        return []
    paths = ", ".join(format_path(change.path) for change in made)
    return [
        f"The service stores {specs.kind.label(stored.spec)} differently than it was sent, at {paths}."
        " To stop this warning, adapt the definition, or add these paths to ignore_paths."
    ]


def _fingerprint(change: Change) -> str:
    return canonical(change.as_result())


def is_conflict(error: ServiceError) -> bool:
    """Return whether the service rejected a write because the etag is not current."""
    return error.status in (412, 428) or error.code.removeprefix("FLOW-").startswith("1403-")
