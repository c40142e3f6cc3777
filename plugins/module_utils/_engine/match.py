# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Match definitions with live specs: by which values a spec without an ID is recognized. Pure functions on specs.

Whatever creates, updates, audits, or promotes specs goes by the same rule, which is here and in the kind's
declaration: the values at ``match_on``, or else the name and the provider. A name that many specs must share
identifies none of them.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import canonical, is_empty, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec

_NAME: t.Final = ("name",)
_PROVIDER: t.Final = ("providerId",)
# What all specs of a shared name have in common, besides the name.
_COMMON: t.Final = frozenset((_NAME, _PROVIDER, ("type",), ("version",)))


class Identity(t.NamedTuple):
    """The values by which people tell specs apart."""

    id: str
    name: str | None
    provider_id: str | None

    @classmethod
    def of_spec(cls, spec: Mapping[str, JSON]) -> Identity:
        """Return the identity of a spec that has an ID."""
        return cls(str(spec["id"]), text_of(spec.get("name")), text_of(spec.get("providerId")))


class Candidate(t.NamedTuple):
    """A live spec that a definition might mean."""

    identity: Identity
    label: str | None

    @classmethod
    def of_spec(cls, kind: Kind, spec: Mapping[str, JSON]) -> Candidate:
        """Return what a message says of a live spec."""
        identity = Identity.of_spec(spec)
        return cls(identity, label_text(kind, spec) if identity.name in kind.shared_names else None)

    def __str__(self) -> str:
        return self.identity.id if self.label is None else f"{self.identity.id} ({self.label})"


def identity_paths(kind: Kind, name: JSON) -> tuple[Path, ...]:
    """Return the paths whose values identify a spec of this name among all specs: what makes two specs duplicates."""
    path = kind.shared_names.get(name) if isinstance(name, str) else None
    return kind.identity if path is None else (*kind.identity, path)


def key_of(paths: Iterable[Path], spec: Mapping[str, JSON]) -> tuple[str | None, ...]:
    """Return what two specs share if and only if they have equal values at the paths; None stands for no value."""
    values = (_comparable(path, spec) for path in paths)
    return tuple(None if value is None else canonical(value) for value in values)


def _comparable(path: Path, spec: Mapping[str, JSON]) -> JSON:
    value = value_at(spec, path)
    if is_empty(value) or value == "":
        return None
    # An ID is the same in upper and in lower case.
    return value.lower() if path == _PROVIDER and isinstance(value, str) else value


def label_text(kind: Kind, spec: Mapping[str, JSON]) -> str:
    """Return what a message says of the value that tells specs of this shared name apart."""
    value = value_at(spec, kind.shared_names[str(spec["name"])])
    if isinstance(value, dict) and len(value) == 1:
        ((key, value),) = value.items()
        return f"label {key} {value!r}"
    return "no label" if is_empty(value) else f"label {json.dumps(value, ensure_ascii=False)}"


@dataclasses.dataclass(frozen=True)
class Matcher:
    """The paths by which a definition is matched with live specs, and its values there."""

    kind: Kind
    paths: tuple[Path, ...]
    key: tuple[str | None, ...]
    name: str | None
    """The name of every spec that matches; None if specs of other names match too."""
    is_chosen: bool = False
    """Whether the paths were given by ``match_on``."""
    is_sufficient: bool = True
    """Whether a match identifies a spec, instead of only sharing a name with it."""

    @classmethod
    def of_definition(cls, kind: Kind, fields: Mapping[str, JSON], match_on: tuple[Path, ...]) -> Matcher | None:
        """Return the matcher for a definition; None if the definition lacks a value for it."""
        name = fields.get("name")
        if name in kind.shared_names and _COMMON.issuperset(match_on):
            return dataclasses.replace(cls._of(kind, (_NAME,), fields), is_sufficient=False)
        paths = match_on or tuple(path for path in kind.identity if path == _NAME or fields.get(path[0]))
        matcher = cls._of(kind, paths, fields, is_chosen=bool(match_on))
        return None if None in matcher.key else matcher

    @classmethod
    def of_identity(cls, kind: Kind, spec: Mapping[str, JSON]) -> Matcher:
        """Return the matcher for a spec without ``match_on``, by everything that makes another spec its duplicate."""
        return cls._of(kind, identity_paths(kind, spec.get("name")), spec)

    @classmethod
    def _of(cls, kind: Kind, paths: tuple[Path, ...], spec: Mapping[str, JSON], is_chosen: bool = False) -> Matcher:
        name = spec.get("name") if _NAME in paths else None
        return cls(kind, paths, key_of(paths, spec), name if isinstance(name, str) else None, is_chosen)

    def identify(self, spec: Mapping[str, JSON]) -> Matcher:
        """Return the matcher for a spec that this definition created or will: a match is a duplicate."""
        if self.is_chosen and self.is_sufficient:
            return self._of(self.kind, self.paths, spec, is_chosen=True)
        return self.of_identity(self.kind, spec)

    @property
    def lock_name(self) -> tuple[str, ...]:
        """The name of the lock under which a spec with this identity is created."""
        if self.name is not None and not self.is_chosen:
            return "name", self.name
        return "match", *map(format_path, self.paths), *(value or "" for value in self.key)

    def matches(self, spec: Mapping[str, JSON]) -> bool:
        """Return whether a live spec has the same values."""
        return key_of(self.paths, spec) == self.key

    @property
    def what(self) -> str:
        """What a message calls the values that are compared."""
        return ", ".join(format_path(path) for path in self.paths) if self.is_chosen else "name"

    def values(self, spec: Mapping[str, JSON]) -> dict[str, JSON]:
        """Return the compared values of a spec, by path."""
        return {format_path(path): _comparable(path, spec) for path in self.paths}

    def __str__(self) -> str:
        parts = zip(self.paths, self.key, strict=True)
        return ", ".join(f"{format_path(path)} {value}" for path, value in parts if path != _PROVIDER or self.is_chosen)


def missing_paths(fields: Mapping[str, JSON], match_on: Iterable[Path]) -> list[str]:
    """Return the paths of ``match_on`` at which a definition has no value."""
    return [format_path(path) for path in match_on if _comparable(path, fields) is None]


def check_match_on(kind: Kind, fields: Spec, match_on: Sequence[Path], origin: str) -> None:
    """Check that a definition without an ID has a value at each path of ``match_on``.

    Raises InputError that names ``origin`` and the paths.
    """
    missing = missing_paths(fields, match_on)
    if missing:
        raise InputError(
            f"Could not match {kind.label(fields)} of {origin}: the definition has no value at"
            f" {', '.join(missing)}, which match_on names. No changes were made. Next step: add the value to the"
            f" definition, set the ID of the {kind.noun}, or name other paths in match_on."
        )


class Wanted(t.Protocol):
    """What a definition tells of the spec that it is for."""

    @property
    def provider_id(self) -> str | None:
        """The ID of its provider."""

    @property
    def fields(self) -> Spec:
        """Its managed fields."""


def check_candidates(matcher: Matcher, wanted: Wanted, found: Sequence[Candidate]) -> None:
    """Check that the matching live specs leave no doubt about which one a definition means.

    Raises AmbiguousNameError that lists the candidates.
    """
    if not found:
        return
    ids = [candidate.identity.id for candidate in found]
    if not matcher.is_sufficient:
        raise AmbiguousNameError(
            f"Could not match {matcher.kind.label({'name': matcher.name})}: different sources must share this name, so"
            f" it does not identify a source. Live {matcher.kind.noun}s with this name:"
            f" {', '.join(map(str, found))}. No changes were made. Next step: set match_on to the paths that identify"
            f" the {matcher.kind.noun}, usually match_on: [{_usual_path(matcher.kind, wanted.fields)}], or set its ID.",
            ids=ids,
        )
    if len(found) > 1:
        raise ambiguous(matcher.kind, f"name {matcher.name!r}" if not matcher.is_chosen else str(matcher), found)
    given, live = wanted.provider_id, found[0].identity.provider_id
    if given is not None and live is not None and given.lower() != live.lower() and _PROVIDER not in matcher.paths:
        raise AmbiguousNameError(
            f"Could not match {matcher.kind.label(wanted.fields)}: the live {matcher.kind.noun} {found[0]} has the same"
            f" {', '.join(map(format_path, matcher.paths))}, but the providerId {live} instead of {given}. No changes"
            " were made. Next step: add providerId to match_on to tell them apart, or set the ID.",
            ids=ids,
        )


def ambiguous(kind: Kind, described: str, found: Sequence[Candidate]) -> AmbiguousNameError:
    """Return the failure for values that several live specs have."""
    identities = [candidate.identity for candidate in found]
    step = "set the ID of the correct one"
    if len({identity.provider_id for identity in identities}) == len(identities):
        step += ", or provider_id to tell them apart"
    return AmbiguousNameError(
        f"Could not identify the {kind.noun}: {len(found)} {kind.noun}s have the {described}:"
        f" {', '.join(map(str, found))}. No changes were made."
        f" Next step: {step}.",
        ids=[identity.id for identity in identities],
    )


def _usual_path(kind: Kind, fields: Mapping[str, JSON]) -> str:
    """Return the path that usually identifies a spec of the shared name of this definition."""
    path = kind.shared_names[str(fields["name"])]
    value = value_at(fields, path)
    key = next((key for key in ("text", "key") if isinstance(value, dict) and value.get(key)), "text")
    return format_path(path if isinstance(value, str) and value else (*path, key))
