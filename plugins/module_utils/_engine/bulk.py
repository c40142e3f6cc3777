# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Ensure many specs: one listing, compared here; what differs goes the way of a single spec, several at a time."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import threading
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition, Entry
from ansible_collections.aep.flow_service.plugins.module_utils._engine.duplicates import find_duplicates
from ansible_collections.aep.flow_service.plugins.module_utils._engine.ensure import EnsureSpec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import unknown_id
from ansible_collections.aep.flow_service.plugins.module_utils._engine.listing import Listing
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Created, Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
    NotAttemptedError,
    as_flow_service_error,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

Action = t.Literal["created", "updated", "unchanged", "failed"]
# Seconds after which a person wants to hear how far it is.
_PATIENCE: t.Final = 5.0


@dataclasses.dataclass(frozen=True)
class Definitions:
    """What a task defines, and how it wants it done: so many at a time, and all of them or up to the first failure."""

    entries: Sequence[Entry]
    concurrency: int
    fail_fast: bool


@dataclasses.dataclass(frozen=True)
class EntryResult:
    """What became of one definition."""

    entry: Entry
    action: Action
    id: str | None
    name: str | None
    changes: list[JSON] = dataclasses.field(default_factory=list)
    previous: JSON = None
    diff: dict[str, str] | None = None
    warnings: list[str] = dataclasses.field(default_factory=list)
    failure: FlowServiceError | None = None
    created: Created | None = None
    """The spec if it was created, and not just would be."""

    @classmethod
    def of(cls, entry: Entry, outcome: Outcome) -> EntryResult:
        """Return the result of an applied definition. To save memory, it has only the reported parts of the spec."""
        spec_id, name = text_of(outcome.spec.get("id")), text_of(outcome.spec.get("name"))
        if not outcome.changed:
            return cls(entry, "unchanged", spec_id, name, warnings=outcome.warnings)
        label = outcome.kind.label(outcome.spec)
        return cls(
            entry,
            "created" if outcome.before is None else "updated",
            spec_id,
            name,
            outcome.changes,
            outcome.previous,
            {"before_header": label, "after_header": label, **outcome.diff},
            outcome.warnings,
            created=outcome.created,
        )

    @classmethod
    def of_failure(cls, entry: Entry, failure: FlowServiceError, spec_id: str | None = None) -> EntryResult:
        """Return the result of a definition that failed."""
        definition = entry.definition
        known = definition if isinstance(definition, Definition) else None
        previous = failure.facts.pop("previous", None)
        return cls(
            entry,
            "failed",
            spec_id or text_of(failure.facts.get("id")) or (known.id if known else None),
            known.name if known else None,
            previous=previous,
            failure=failure,
        )


@dataclasses.dataclass(frozen=True)
class BulkResult:
    """What became of all definitions, in their order, and which live specs no definition names."""

    results: list[EntryResult]
    unmanaged: list[Identity]

    @property
    def summary(self) -> dict[str, int]:
        """How many definitions there were of each action."""
        found = collections.Counter(result.action for result in self.results)
        return {action: found[action] for action in t.get_args(Action)}


@dataclasses.dataclass(frozen=True)
class _Job:
    """A definition for which there is something to write."""

    entry: Entry
    definition: Definition
    live: LiveSpec | None
    lookalikes: Mapping[str, str]
    """Names that may look like the one of the definition, by the ids of their specs."""


def ensure_many(service: Service, kind: Kind, definitions: Definitions, check_mode: bool) -> BulkResult:
    """Create and update specs until each is as its definition says.

    A definition that cannot be carried out does not keep the others from it, unless ``fail_fast``.
    Raises FlowServiceError where that holds for all of them alike: two are for one spec, or nothing can be listed.
    """
    entries, fail_fast = definitions.entries, definitions.fail_fast
    usable = [(entry, entry.definition) for entry in entries if isinstance(entry.definition, Definition)]
    results = {
        entry: EntryResult.of_failure(entry, entry.definition)
        for entry in entries
        if isinstance(entry.definition, InputError)
    }
    _check_one_definition_each(kind, (_claim(definition.id, definition, entry) for entry, definition in usable))
    if results and (fail_fast or not usable):
        return _in_order(entries, results, [])
    looked_at = time.monotonic()
    listing = Listing(service.collection(kind), [definition for _entry, definition in usable])
    jobs: list[_Job] = []
    claims: list[_Claim] = []
    for entry, definition in usable:
        try:
            match = listing.find(definition)
        except AmbiguousNameError as failure:
            results[entry] = EntryResult.of_failure(entry, failure)
            continue
        if match is None and definition.matcher is None:
            results[entry] = EntryResult.of_failure(entry, unknown_id(service.collection(kind), definition))
            continue
        claims.append(_claim(match.identity.id if match else None, definition, entry))
        if match and match.changes_identity:
            claims.append(_claim(None, definition, entry))
        if match and not match.live:
            results[entry] = EntryResult(entry, "unchanged", match.identity.id, match.identity.name)
        else:
            jobs.append(_Job(entry, definition, match.live if match else None, listing.lookalikes))
    _check_one_definition_each(kind, claims)
    unmanaged = listing.unmanaged()
    if results and fail_fast and any(result.failure for result in results.values()):
        return _in_order(entries, results, unmanaged)
    _WorkerPool(service, kind, looked_at, fail_fast, check_mode).run(jobs, definitions.concurrency, results)
    _check_duplicates(service.collection(kind), results)
    return _in_order(entries, results, unmanaged)


def _in_order(entries: Sequence[Entry], results: dict[Entry, EntryResult], unmanaged: list[Identity]) -> BulkResult:
    left = NotAttemptedError(
        "Could not apply this definition: it was not attempted, because another definition failed and fail_fast is set."
        " Next step: correct the other definition, and run again."
    )
    return BulkResult([results.get(entry) or EntryResult.of_failure(entry, left) for entry in entries], unmanaged)


def _check_duplicates(specs: Collection, results: dict[Entry, EntryResult]) -> None:
    """Turn what was created into a failure where it has a duplicate; one listing for all."""
    created = {result.created: entry for entry, result in results.items() if result.created}
    for one, failure in find_duplicates(specs, list(created)).items():
        entry = created[one]
        results[entry] = EntryResult.of_failure(entry, failure)


class _Claim(t.NamedTuple):
    """That a definition is for one spec: the one of an id, or the one of a name, of any provider where that is None."""

    what: tuple[str, str]
    provider_id: str | None
    entry: Entry


def _claim(spec_id: str | None, definition: Definition, entry: Entry) -> _Claim:
    if spec_id is not None or definition.matcher is None:
        return _Claim(("id", id_key(spec_id or "")), None, entry)
    if definition.matcher.is_chosen:
        return _Claim(("values", str(definition.matcher)), None, entry)
    provider_id = definition.provider_id if definition.matcher.is_sufficient else None
    return _Claim(("name", definition.name or ""), None if provider_id is None else id_key(provider_id), entry)


def _check_one_definition_each(kind: Kind, claims: Iterable[_Claim]) -> None:
    seen: dict[tuple[str, str], list[_Claim]] = collections.defaultdict(list)
    for claim in claims:
        for other in seen[claim.what]:
            if other.entry is not claim.entry and (
                None in (claim.provider_id, other.provider_id) or claim.provider_id == other.provider_id
            ):
                attribute, value = claim.what
                raise InputError(
                    f"Could not apply the definitions: {other.entry.origin} and {claim.entry.origin} both define the"
                    f" {kind.noun} with the {attribute} {value if attribute == 'values' else repr(value)}. No changes"
                    f" were made. Next step: remove one of them, or set {_distinction(kind, claim)} in both to tell"
                    " them apart."
                )
        seen[claim.what].append(claim)


def _distinction(kind: Kind, claim: _Claim) -> str:
    attribute, value = claim.what
    if attribute == "name" and value in kind.shared_names:
        return f"match_on to a path that tells them apart, such as {format_path(kind.shared_names[value])}, or id"
    return "id or providerId"


class _WorkerPool:
    """Carries out definitions, several at a time, each with an account of its own."""

    def __init__(self, service: Service, kind: Kind, looked_at: float, fail_fast: bool, check_mode: bool) -> None:
        self._service = service
        self._kind = kind
        self._looked_at = looked_at
        self._fail_fast = fail_fast
        self._check_mode = check_mode
        self._stop = threading.Event()

    def run(self, jobs: Sequence[_Job], concurrency: int, results: dict[Entry, EntryResult]) -> None:
        """Carry out the jobs, and add their results."""
        progress = _Progress(self._service.tell, f"{self._kind.noun}s that are not as defined", len(jobs))
        with concurrent.futures.ThreadPoolExecutor(concurrency) as pool:
            try:
                running = {pool.submit(self._carry_out, job): job for job in jobs}
                for finished in concurrent.futures.as_completed(running):
                    result, service = finished.result()
                    self._service.transport.stats.add(service.transport.stats)
                    if result:
                        results[running[finished].entry] = result
                        progress.done(is_failure=result.action == "failed")
            except BaseException:
                # The task is being stopped: what has begun is finished, and nothing else is begun.
                self._stop.set()
                raise

    def _carry_out(self, job: _Job) -> tuple[EntryResult | None, Service]:
        service = self._service.branch()
        if self._stop.is_set():
            return None, service
        try:
            specs = service.collection(self._kind)
            specs.lookalikes.update(job.lookalikes)
            ensure = EnsureSpec(specs, job.definition)
            return EntryResult.of(job.entry, ensure.run(job.live, self._looked_at, self._check_mode)), service
        except Exception as error:
            if self._fail_fast:
                self._stop.set()
            return EntryResult.of_failure(
                job.entry, as_flow_service_error(error), job.live.id if job.live else None
            ), service


class _Progress:
    """Tells now and then how many of so many things are done."""

    def __init__(self, tell: Callable[[str], None], what: str, total: int) -> None:
        self._tell = tell
        self._what = what
        self._total = total
        self._done = self._failed = 0
        self._told_at = time.monotonic()

    def done(self, is_failure: bool) -> None:
        """Count one more."""
        self._done += 1
        self._failed += is_failure
        if time.monotonic() - self._told_at >= _PATIENCE:
            self._told_at = time.monotonic()
            self._tell(f"{self._done} of {self._total} {self._what} are done, {self._failed} failed")
