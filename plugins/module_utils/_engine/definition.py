# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions: what a user wants a spec to be, from options, a mapping or a file."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Matcher, check_match_on
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import (
    CENSORED_NEXT_STEP,
    find_censored,
    may_be_censored,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import (
    Document,
    find_files,
    load_documents,
    load_file,
    number_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import (
    Path,
    format_path,
    overlaps,
    parse_path,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import json_text
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import (
    Place,
    check_spec,
    may_hold_placeholders,
    place_in,
    placeholder_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, is_same_id, type_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec


@dataclasses.dataclass(frozen=True, eq=False)
class Definition:
    """What a user wants one spec to be.

    It is kept as a text, which takes a fourth of the memory of its values: a task can have many thousands.
    ``id_is_given`` tells an id that the task gave from one that merely stands in a definition, which may come from
    another sandbox.
    """

    kind: Kind
    id: str | None
    id_is_given: bool
    name: str | None
    provider_id: str | None
    text: str
    """What was given, as JSON."""
    corrected: Spec
    """The fields whose values are written in another way than they were given, such as ids."""
    ignore: tuple[Path, ...]
    match_on: tuple[Path, ...] = ()
    matcher: Matcher | None = None
    """How the live spec is recognized by other values than its ID; None if the definition lacks these values."""
    warnings: tuple[str, ...] = ()
    """Where it may not say what its author meant."""

    @property
    def content(self) -> Spec:
        """What was given, before it was read as a definition."""
        return t.cast(Spec, json.loads(self.text))

    @property
    def fields(self) -> Spec:
        """The managed fields, named as the API does."""
        return self.kind.managed(self.kind.fold(self.content) | self.corrected)

    @classmethod
    def from_params(cls, kind: Kind, params: Params) -> Definition:
        """Put together the options, ``definition`` and ``src`` of a task.

        Raises InputError for whatever can be seen to be wrong without asking the service.
        """
        given_id = None if params["id"] is None else check_id(params["id"], "id")
        document = Document({})
        origin = "the options"
        if params["definition"] is not None:
            origin = "definition"
            document = Document(params["definition"])
        elif params["src"] is not None:
            origin = f"src ({params['src']})"
            document = load_file(params["src"])
        options = {field.name: params[field.option] for field in kind.fields if params[field.option] is not None}
        ignore = checked_paths(params["ignore_paths"])
        match_on = checked_match_on(params)
        definition = cls._build(kind, document, origin, ignore, match_on, given_id=given_id, options=options)
        if definition.id is None and definition.matcher is None:
            raise InputError(
                f"Could not find the {kind.noun}: neither an ID nor a name is set. Next step: set id or name,"
                " as an option, in definition, or in src."
            )
        return definition

    @classmethod
    def from_document(
        cls, kind: Kind, document: Document, origin: str, ignore: tuple[Path, ...], match_on: tuple[Path, ...] = ()
    ) -> Definition:
        """Create a definition from a document with the field names of the API.

        Raises InputError that names ``origin`` for whatever can be seen to be wrong without asking the service.
        """
        definition = cls._build(kind, document, origin, ignore, match_on, given_id=None, options={})
        if definition.id is None and definition.matcher is None:
            raise InputError(
                f"Could not use {origin}: it has neither an ID nor a name. Next step: add one of them, to identify the"
                f" {kind.noun}."
            )
        return definition

    @classmethod
    def _build(
        cls,
        kind: Kind,
        document: Document,
        origin: str,
        ignore: tuple[Path, ...],
        match_on: tuple[Path, ...],
        *,
        given_id: str | None,
        options: Spec,
    ) -> Definition:
        content = unwrap_items(document.content, origin, kind.noun)
        folded = _folded(kind, content, origin)
        given = folded | options
        # Most definitions have no finding. Searching one text is faster than reading each value for each check.
        text = _json_text(given if options else content, origin)
        # Before the other checks, because they would report the censored value instead of the censorship.
        if may_be_censored(text):
            _check_uncensored(kind.managed(given), origin)
        spec = check_spec(kind, given, _places(kind, origin, options), is_json=text is not None)
        fields = kind.managed(spec)
        warnings = number_warnings(document, origin)
        if may_hold_placeholders(text):
            warnings = [*warnings, *placeholder_warnings(kind, folded, origin)]
        content_id = text_of(spec.get("id"))
        if None not in (given_id, content_id) and not is_same_id(given_id, content_id):
            raise InputError(
                f"Could not use {origin}: the option id is {given_id!r}, and {origin} has {content_id!r}."
                " Next step: remove one of them, or make them equal."
            )
        if given_id is None and content_id is None:
            check_match_on(kind, fields, match_on, origin)
        return cls(
            kind=kind,
            id=given_id or content_id,
            id_is_given=given_id is not None,
            name=text_of(fields.get("name")),
            provider_id=text_of(fields.get("providerId")),
            text=t.cast(str, text),
            corrected={name: value for name, value in fields.items() if value != given[name]},
            ignore=ignore,
            match_on=match_on,
            matcher=Matcher.of_definition(kind, fields, match_on),
            warnings=tuple(warnings),
        )


def _places(kind: Kind, origin: str, options: Spec) -> Place:
    """Return how a message names a place in a definition: by the option, if an option has set the field."""
    names = {field.name: field.option for field in kind.fields if field.name in options}

    def place(path: Path) -> str:
        if path and path[0] in names:
            return format_path((names[path[0]], *path[1:]))
        return place_in(origin)(path)

    return place


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """One of many definitions: where it is from, and what it says, or why it cannot be used."""

    origin: str
    """The file or option, and the place in it, for a message."""
    src: str | None
    """The file, if it is from one."""
    definition: Definition | InputError

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where the definition may not say what its author meant."""
        return self.definition.warnings if isinstance(self.definition, Definition) else ()


def read_entries(
    kind: Kind, params: Params, *, definitions_option: str = "definitions", src_option: str = "src"
) -> list[Entry]:
    """Return the definitions of an option, and of the file or directory of another option, in the order of names.

    One that cannot be used does not keep the others from being read. The same ``match_on`` may be given for several
    kinds: it holds for those that may have all of its fields.
    Raises InputError where the file or directory cannot be found.
    """
    ignore = checked_paths(params["ignore_paths"])
    paths = checked_match_on(params)
    match_on = paths if all(kind.may_have(path[0]) for path in paths) else ()
    found: list[Entry] = []

    def take(origin: str, src: str | None, document: Document) -> None:
        for place, content in _each(document.content):
            named = origin + place
            try:
                definition: Definition | InputError = Definition.from_document(
                    kind, document._replace(content=content), named, ignore, match_on
                )
            except InputError as error:
                definition = error
            found.append(Entry(named, src, definition))

    for index, content in enumerate(params[definitions_option] or ()):
        take(f"{definitions_option}[{index}]", None, Document(content))
    src = params[src_option]
    for file in find_files(src, src_option) if src is not None else ():
        try:
            documents = load_documents(file, src_option)
            if not documents:
                raise InputError(
                    f"Could not read {src_option}: the file {file} is empty. Next step: add a definition, or remove it."
                )
        except InputError as error:
            found.append(Entry(file, file, error))
            continue
        for number, document in enumerate(documents, 1):
            take(file if len(documents) == 1 else f"{file}, document {number}", file, document)
    return found


def _each(document: JSON) -> Iterator[tuple[str, JSON]]:
    """Yield the definitions in a document, each with its place: the document itself, or the items of a list."""
    items, place = document, ""
    if isinstance(document, Mapping) and "items" in document and "name" not in document:
        items, place = document["items"], ", items"
    if isinstance(items, list) and len(items) > 1:
        yield from ((f"{place}[{index}]", item) for index, item in enumerate(items))
    elif isinstance(document, list) and document:
        yield "", document[0]
    else:
        yield "", document


def _json_text(fields: Spec, origin: str) -> str | None:
    try:
        return json_text(fields)
    except RecursionError:
        raise InputError(f"Could not use {origin}: it is nested too deeply. Next step: correct it.") from None


def _check_uncensored(fields: Spec, origin: str) -> None:
    try:
        censored = find_censored(fields)
    except RecursionError:
        raise InputError(f"Could not use {origin}: it is nested too deeply. Next step: correct it.") from None
    if censored is not None:
        raise InputError(
            f"Could not use {origin}: {format_path(censored)} holds a censored value. No changes were made."
            f" {CENSORED_NEXT_STEP}"
        )


def unwrap(kind: Kind, content: JSON, origin: str) -> Spec:
    """Return the spec in a definition, without the ``items`` list of a response, with canonical field names.

    Raises InputError that names ``origin``.
    """
    return _folded(kind, unwrap_items(content, origin, kind.noun), origin)


def _folded(kind: Kind, content: Spec, origin: str) -> Spec:
    try:
        return kind.fold(content)
    except ValueError as error:
        raise InputError(f"Could not use {origin}: {error}. Next step: keep one of them.") from None


def unwrap_items(content: JSON, origin: str, noun: str) -> Spec:
    """Return the spec in a definition, without the ``items`` list of a response.

    Raises InputError that names ``origin``.
    """
    if not isinstance(content, Mapping):
        raise InputError(
            f"Could not use {origin}: it is of type {type_name(content)}, and must be of type dict. Next step: write"
            f" the {noun} as a mapping, with the field names of the API."
        )
    if "items" in content and "name" not in content:
        items = content["items"]
        if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], Mapping):
            count = f"a list of {len(items)}" if isinstance(items, list) else f"of type {type_name(items)}"
            raise InputError(
                f"Could not use {origin}: its field 'items' must be a list of one spec, and is {count}. Next step: keep"
                f" one {noun} in the list."
            )
        return dict(items[0])
    return dict(content)


_PATH_NEXT_STEP: t.Final = "Next step: write a dotted path, such as attributes.uiAttributes."


def checked_paths(values: Sequence[str] | None) -> tuple[Path, ...]:
    """Return the patterns of ``ignore_paths``.

    Raises InputError for one that is no dotted path.
    """
    try:
        return tuple(parse_path(value) for value in values or ())
    except ValueError as error:
        raise InputError(f"Could not use ignore_paths: {error}. {_PATH_NEXT_STEP}") from None


def checked_match_on(params: Params) -> tuple[Path, ...]:
    """Return the paths of ``match_on``; none for the default.

    Raises InputError for one that cannot identify a spec.
    """
    paths: list[Path] = []
    ignored = checked_paths(params["ignore_paths"])
    for value in params["match_on"] or ():
        try:
            path = parse_path(value)
        except ValueError as error:
            raise InputError(f"Could not use match_on: {error}. {_PATH_NEXT_STEP}") from None
        reason = ""
        if "*" in path:
            reason = "each path must name one value, and * stands for several"
        elif path[0] in Kind.owned:
            reason = f"the service sets {path[0]} itself, so a definition cannot be matched by it"
        elif any(overlaps(pattern, path) for pattern in ignored):
            reason = f"ignore_paths leaves {format_path(path)} out of comparison and writing"
        if reason:
            raise InputError(f"Could not use {value!r} in match_on: {reason}. Next step: name another path.")
        paths.append(path)
    return tuple(dict.fromkeys(paths))
