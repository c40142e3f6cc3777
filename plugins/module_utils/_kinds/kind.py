# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The kinds of spec, declared: what they are called, which fields they have, what is special about them.

Whatever treats flow specs and connection specs differently belongs here, and nothing here touches a network.
Source: Adobe's published OpenAPI description of the Flow Service, and the payloads in its documentation.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import (
    ABSENT,
    Change,
    changes,
    is_empty,
    merge,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, parse_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import use_live_ids

Spec = dict[str, JSON]
# The mask of a secret in results. Ansible writes the same, and a definition with it is rejected.
HIDDEN: t.Final = "********"
# The fields of a flow spec that name connection specs.
SOURCES: t.Final = "sourceConnectionSpecIds"
TARGETS: t.Final = "targetConnectionSpecIds"


# The path of the API that has the specs and everything made by them.
FLOW_SERVICE: t.Final = "/data/foundation/flowservice"
# The service sets these in every kind. They are never compared and, but for the id, never sent.
OWNED: t.Final = frozenset(
    (
        *("id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient"),
        *("sandboxId", "sandboxName", "imsOrgId", "etag", "_links"),
    )
)


@dataclasses.dataclass(frozen=True)
class WholePut:
    """An update replaces the whole object, and no etag protects it."""

    spellings: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """Fields that the API's documents spell in several ways: the name we keep, and each name to write it under."""


@dataclasses.dataclass(frozen=True)
class JsonPatch:
    """An update sends what differs, under the etag that was read."""

    whole: tuple[Path, ...] = ()
    """Patterns of the values that the service replaces as a whole, so that a patch never goes deeper."""


@dataclasses.dataclass(frozen=True)
class ReadOnly:
    """There is no update."""


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a spec: its name in the API, and the type of the module option that sets it."""

    name: str
    type: str
    elements: str | None = None
    refers_to: str | None = None
    """What the ids in it belong to; None where it holds no ids."""
    is_required: bool = False
    """Whether no spec is without it, so that it cannot be removed."""
    is_common: bool = False
    """Whether its name is so common that it does not tell one kind from another."""
    secret: bool = False
    """Whether it is never compared, never sent back as it was read, and never shown."""
    immutable: bool = False
    """Whether the service does not let it change once the object exists."""

    @property
    def option(self) -> str:
        """The name of the module option: ``sourceSpec`` is set by ``source_spec``."""
        return re.sub(r"([A-Z])", r"_\1", self.name).lower()


@dataclasses.dataclass(frozen=True, eq=False)
class Kind:
    """A kind of spec that the Flow Service keeps."""

    noun: str
    """What a person calls it, such as ``flow spec``."""
    collection: str
    """The segment of the path in the API, such as ``flowSpecs``."""
    fields: tuple[Field, ...]
    sets: tuple[Path, ...]
    """Patterns of the lists in which order and repetition mean nothing."""
    writes: WholePut | JsonPatch | ReadOnly = WholePut()
    """How an object that exists is updated."""
    deletable: bool = False
    identity: tuple[Path, ...] = (("name",), ("providerId",))
    """The paths of the values by which an object without an ID is recognized."""
    hidden_states: tuple[str, ...] = ()
    """The states of objects that are never matched, such as drafts."""
    busy_states: tuple[str, ...] = ()
    """The states of objects that the service still works on."""
    owned: frozenset[str] = OWNED
    """The fields that the service sets itself."""
    api: str = FLOW_SERVICE
    """The path of the API that keeps them, which each path of the collection begins with."""
    shared_names: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    """Names that Adobe requires of many specs: a name, and the path of the value that tells those specs apart."""

    @property
    def spellings(self) -> Mapping[str, tuple[str, ...]]:
        """The fields of several spellings; none unless an update replaces the whole object."""
        return self.writes.spellings if isinstance(self.writes, WholePut) else {}

    @functools.cached_property
    def _names_of_spellings(self) -> Mapping[str, str]:
        return {spelling: name for name, spellings in self.spellings.items() for spelling in spellings}

    @functools.cached_property
    def _id_fields(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.refers_to)

    @functools.cached_property
    def secret_fields(self) -> frozenset[str]:
        """The names of the fields that are never compared and never shown."""
        return frozenset(field.name for field in self.fields if field.secret)

    def masked(self, spec: Mapping[str, JSON]) -> Spec:
        """Return a spec for results, with a mask in place of each secret."""
        return {name: HIDDEN if name in self.secret_fields else value for name, value in spec.items()}

    @functools.cached_property
    def distinctive_names(self) -> frozenset[str]:
        """The names, in every variant, of the fields that tell this kind from others that lack them."""
        names = {field.name for field in self.fields if not field.is_common}
        return frozenset(names.union(*(self.spellings.get(name, ()) for name in names)))

    @property
    def result_key(self) -> str:
        """The name under which modules return one such spec, such as ``flow_spec``."""
        return self.noun.replace(" ", "_")

    def may_have(self, field: str) -> bool:
        """Return whether a spec of this kind may have a field: any but those that only another kind has."""
        return any(field == one.name for one in self.fields) or not any(
            field == one.name for kind in KINDS if kind is not self for one in kind.fields
        )

    def label(self, spec: Mapping[str, JSON]) -> str:
        """Return how a message names a spec: by its name and ID, as far as it has them."""
        name, spec_id = spec.get("name"), spec.get("id")
        parts = [self.noun, repr(name) if name else "", f"({spec_id})" if spec_id else ""]
        return " ".join(part for part in parts if part)

    def fold(self, spec: Mapping[str, JSON]) -> Spec:
        """Name every field as we keep it, whichever spelling it came in.

        Raises ValueError where two spellings are given with different values.
        """
        folded: Spec = {}
        for key, value in spec.items():
            name = self._names_of_spellings.get(key, key)
            if name in folded and changes(folded[name], value):
                raise ValueError(f"it has the field {name} under two names, with different values")
            folded[name] = value
        return folded

    def find_variant(self, spec: Mapping[str, JSON]) -> int | None:
        """Return the index of the field name variant that the spec uses; None if it has no such field."""
        return next(
            (
                place
                for names in self.spellings.values()
                for place, name in enumerate(names)
                if not is_empty(spec.get(name))
            ),
            None,
        )

    def shows(self, answer: Mapping[str, JSON], body: Mapping[str, JSON]) -> bool:
        """Return whether a response to a write has every field that was sent, with any value."""
        return not any(
            name not in self.owned and not is_empty(value) and name not in answer for name, value in body.items()
        )

    def managed(self, spec: Mapping[str, JSON]) -> Spec:
        """Return what a definition can set: every field that the service does not set itself."""
        return {name: value for name, value in spec.items() if name not in self.owned}

    def writable(self, spec: Mapping[str, JSON]) -> Spec:
        """Return the body of a PUT: the ID, and every field that is not read-only."""
        return {key: value for key, value in spec.items() if key == "id" or key not in self.owned}

    def definition(self, spec: Mapping[str, JSON]) -> Spec:
        """Return a live spec as a definition: the body of a PUT, in an order that does not depend on the service."""
        # In a definition, null means: remove the field.
        kept = {name: value for name, value in self.writable(spec).items() if value is not None}
        known = [name for name in ("id", *(field.name for field in self.fields)) if name in kept]
        return {name: kept[name] for name in (*known, *sorted(kept.keys() - set(known)))}

    def spell(self, spec: Mapping[str, JSON], choice: int) -> Spec:
        """Name the fields of several spellings by the spelling at place ``choice``."""
        return {(self.spellings[key][choice] if key in self.spellings else key): value for key, value in spec.items()}

    @property
    def spelling_choices(self) -> int:
        """How many ways there are to write a spec of this kind; at least one."""
        return max((len(spellings) for spellings in self.spellings.values()), default=1)

    def merged(self, live: Mapping[str, JSON], wanted: Mapping[str, JSON], ignore: Iterable[Path]) -> Spec:
        """Return the live spec with the wanted fields; a wanted null removes the field."""
        patterns = tuple(ignore)
        result = dict(live)
        for name, value in wanted.items():
            if value is None and live.get(name) is None:
                continue
            here = use_live_ids(live.get(name), value) if name in self._id_fields else value
            new = merge(live.get(name, ABSENT), ABSENT if here is None else here, patterns, self.sets, (name,))
            if new is ABSENT:
                result.pop(name, None)
            else:
                result[name] = new
        return result

    def changes(
        self, before: Mapping[str, JSON], after: Mapping[str, JSON], fields: Iterable[str] | None = None
    ) -> list[Change]:
        """Return the differences between two specs, in the given fields or in all that are not read-only.

        A field that is absent, null or empty is the same thing: the service leaves out an empty list that it was sent.
        """
        names = sorted(set(fields) if fields is not None else {*before, *after})
        found: list[Change] = []
        for name in names:
            old, new = before.get(name, ABSENT), after.get(name, ABSENT)
            if name in self.secret_fields:
                # Whether a secret differs, or is gone, cannot be seen.
                old = old if is_empty(old) else HIDDEN
                new = old if is_empty(new) else HIDDEN
            if name not in self.owned and not (is_empty(old) and is_empty(new)):
                found += changes(old, new, self.sets, (name,))
        return found


_PERMISSIONS = (parse_path("permissionsInfo.*.*.permissions"), parse_path("permissionsInfo.*.permissions"))
_SHARED_FIELDS = (
    Field("attributes", "dict"),
    Field("permissionsInfo", "dict"),
    Field("entitlementInfo", "list", "dict"),
    Field("policy", "dict"),
)
_IDENTITY_FIELDS = (
    Field("name", "str", is_required=True),
    Field("providerId", "str", refers_to="provider", is_required=True),
)

FLOW_SPEC: t.Final = Kind(
    noun="flow spec",
    collection="flowSpecs",
    fields=(
        *_IDENTITY_FIELDS,
        Field("version", "str"),
        Field("type", "str"),
        Field(SOURCES, "list", "str", refers_to="connection spec"),
        Field(TARGETS, "list", "str", refers_to="connection spec"),
        Field("optionSpec", "dict"),
        Field("transformationSpecs", "list", "dict"),
        Field("scheduleSpec", "dict"),
        Field("runSpec", "dict"),
        *_SHARED_FIELDS,
    ),
    sets=((SOURCES,), (TARGETS,), *_PERMISSIONS),
    # On write, the guides use the first two and the OpenAPI description the third; answers use the first.
    writes=WholePut({"transformationSpecs": ("transformationSpecs", "transformationSpec", "transformationSpecDTOS")}),
)

CONNECTION_SPEC: t.Final = Kind(
    noun="connection spec",
    collection="connectionSpecs",
    fields=(
        *_IDENTITY_FIELDS,
        Field("description", "str", is_common=True),
        Field("version", "str"),
        Field("type", "str"),
        Field("authSpec", "list", "dict"),
        Field("sourceSpec", "dict"),
        Field("exploreSpec", "dict"),
        Field("targetSpec", "dict"),
        Field("encryptionSpecs", "list", "dict"),
        Field("settings", "dict", is_common=True),
        *_SHARED_FIELDS,
    ),
    sets=_PERMISSIONS,
    # A streaming source with another name looks right, but has no mapping step.
    shared_names={"generic-streaming": parse_path("sourceSpec.attributes.uiAttributes.label")},
)

KINDS: t.Final = (FLOW_SPEC, CONNECTION_SPEC)
"""Every kind of spec; each has the operations of a module for one spec, one for many, and one to look them up."""


@functools.cache
def other_kinds_fields(kind: Kind) -> Mapping[str, Kind]:
    """Return the names of fields that only other kinds have, each with such a kind."""
    own = {field.name for field in kind.fields}.union(kind.distinctive_names)
    return {name: other for other in KINDS if other is not kind for name in other.distinctive_names - own}


def kind_of(spec: Mapping[str, JSON]) -> Kind:
    """Return the kind of a spec by its fields: the possible kind that has most of them."""

    def fitness(kind: Kind) -> tuple[bool, int]:
        is_possible = other_kinds_fields(kind).keys().isdisjoint(spec)
        return is_possible, sum(field.name in spec for field in kind.fields)

    return max(KINDS, key=fitness)
