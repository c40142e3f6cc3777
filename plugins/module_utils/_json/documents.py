# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Read and write JSON and YAML, strictly, from text, a file or a directory; what is in it does not matter here.

YAML is read by the core schema of YAML 1.2, as people expect who know JSON: ``yes``, ``12:30:45``, and dates are texts.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import io
import os
import re
import typing as t
from collections.abc import Callable, Iterator

from ansible.module_utils.common.yaml import HAS_YAML, SafeDumper, SafeLoader

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.decode import check_unique_keys, parse_json
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._json.yaml_scalars import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    is_ambiguous_number,
    read_bool,
    read_number,
)

if HAS_YAML:
    import yaml

_SUFFIXES: t.Final = (".json", ".yml", ".yaml")
_VAULT_HEADER: t.Final = "$ANSIBLE_VAULT"
# More than any document holds that a person writes; aliases of aliases stand for more within a few lines.
_MAX_VALUES: t.Final = 1_000_000
_MAX_MERGED_KEYS: t.Final = 10_000
_MAX_NUMBERS_REPORTED: t.Final = 5

# Any: a node of PyYAML, of whichever class its tag asks for.
_Node = t.Any
Decrypt = Callable[[bytes], bytes]
_decrypt: contextvars.ContextVar[Decrypt | None] = contextvars.ContextVar("decrypt", default=None)


class Document(t.NamedTuple):
    """One document of a file, and the places in it that a person may have meant otherwise."""

    content: JSON
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def decrypting(decrypt: Decrypt) -> Iterator[None]:
    """Have files decrypted that ansible-vault has encrypted; only Ansible's controller has the passwords."""
    token = _decrypt.set(decrypt)
    try:
        yield
    finally:
        _decrypt.reset(token)


def find_files(path: str, option: str = "src") -> list[str]:
    """Return the file itself, or every JSON and YAML file in the directory and those below it, by name.

    Hidden files are left out. Symbolic links are followed, and each directory is read once.
    Raises InputError where there is none.
    """
    path = os.path.expanduser(path)
    if not os.path.isdir(path):
        return [path]
    found = [
        os.path.join(folder, name)
        for folder, files in _walk(path, option)
        for name in sorted(files)
        if name.lower().endswith(_SUFFIXES) and not name.startswith(".")
    ]
    if not found:
        raise InputError(
            f"Could not read {option}: the directory {path} and its subdirectories have no file that ends in"
            f" {', '.join(_SUFFIXES)}. Next step: check the path."
        )
    return found


def _walk(path: str, option: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each directory at or below the path, with its files."""

    def refuse(error: OSError) -> t.NoReturn:
        raise InputError(
            f"Could not read {option}: the directory {error.filename} cannot be read: {error.strerror or error}."
            " Next step: check the path and its permissions."
        ) from None

    seen: set[str] = set()
    for folder, folders, files in os.walk(path, onerror=refuse, followlinks=True):
        here = os.path.realpath(folder)
        # A link to a directory above is a loop: it would take in what lies beside the path.
        if here in seen or (folder != path and os.path.islink(folder) and _is_above(here, path, folder)):
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield folder, files


def _is_above(target: str, path: str, link: str) -> bool:
    below = os.path.realpath(path), os.path.realpath(os.path.dirname(link))
    return any(os.path.commonpath((target, folder)) == target for folder in below)


def load_file(path: str, option: str = "src") -> Document:
    """Return the content of a JSON or YAML file of one document.

    Raises InputError that names the file, and the place in it where that is known.
    """
    documents = load_documents(path, option)
    if len(documents) > 1:
        raise InputError(
            f"Could not read {option}: the file {path} has {len(documents)} YAML documents, and must have one."
            " Next step: move each document to its own file."
        )
    return documents[0] if documents else Document(None)


def load_documents(path: str, option: str = "src") -> list[Document]:
    """Return every document of a JSON or YAML file; those without content are left out.

    Raises InputError that names the file, and the place in it where that is known.
    """
    text = _read(os.path.expanduser(path), option)
    try:
        documents = [Document(parse_json(text))] if path.lower().endswith(".json") else _parse_yaml(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(
            f"Could not read {option}: the file {path} is not valid JSON or YAML: {reason}."
            " Next step: correct the file. Quote text that YAML can read as another type."
        ) from None
    return [document for document in documents if document.content is not None]


def _read(path: str, option: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        where = "" if os.path.isabs(path) else f", looked for as {os.path.abspath(path)}"
        raise InputError(
            f"Could not read {option}: the file {path} cannot be read: {error.strerror or error}{where}."
            " Next step: check the path."
        ) from None
    if is_vaulted(content):
        content = _decrypted(content.strip(), f"the file {path}", option)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"Could not read {option}: the file {path} is not UTF-8 text: {error.reason} at byte {error.start}."
            " Next step: save the file as UTF-8."
        ) from None


def is_vaulted(content: bytes) -> bool:
    """Return whether ansible-vault has encrypted the content of a file."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_VAULT_HEADER.encode())


def _decrypted(content: bytes, what: str, option: str) -> bytes:
    decrypt = _decrypt.get()
    if decrypt is None:
        raise InputError(
            f"Could not read {option}: ansible-vault has encrypted {what}, and only the controller has the passwords."
            " Next step: run the task with connection: local and without become and async. Or load the file with"
            " ansible.builtin.include_vars, and pass its content."
        )
    try:
        return decrypt(content)
    except Exception as error:
        raise InputError(
            f"Could not read {option}: ansible-vault has encrypted {what}, and it cannot be decrypted: {error}"
            " Next step: pass the password, for example with --ask-vault-pass or --vault-id."
        ) from None


def dump_yaml(value: JSON, *, sort_keys: bool) -> str:
    """Return a JSON value as YAML that every reader takes for this value, whether it follows YAML 1.1 or 1.2."""
    dump = functools.partial(
        yaml.dump, value, sort_keys=sort_keys, default_flow_style=False, allow_unicode=True, width=110
    )
    text = io.StringIO()
    try:
        dump(stream=text, Dumper=_Dumper)
    except UnicodeEncodeError:
        # The C library cannot even escape a lone surrogate.
        text = io.StringIO()
        dump(stream=text, Dumper=_PythonDumper)
    return text.getvalue()


if HAS_YAML:
    _TAG: t.Final = "tag:yaml.org,2002:"

    class _CoreLoader(SafeLoader):  # type: ignore[misc]  # Ansible has no types
        """A loader for the YAML that has a meaning in JSON, by the core schema of YAML 1.2. It rejects other YAML."""

        yaml_implicit_resolvers: t.ClassVar[dict[str, JSON]] = {}

        def __init__(self, stream: str) -> None:
            super().__init__(stream)
            self.notes: list[str] = []

        def flatten_mapping(self, node: _Node) -> None:
            """Resolve the merge keys ("<<") of a mapping, unless they multiply without end."""
            merged = 0
            for key, value in node.value:
                if key.tag == f"{_TAG}merge":
                    for mapping in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                        if isinstance(mapping, yaml.MappingNode):
                            self.flatten_mapping(mapping)
                            merged += len(mapping.value)
                    if merged > _MAX_MERGED_KEYS:
                        raise ValueError(f"{_place(key)}: more than {_MAX_MERGED_KEYS} keys are merged")
            super().flatten_mapping(node)

        def construct_mapping(self, node: _Node, deep: bool = False) -> dict[str, JSON]:
            # Before merge keys are resolved: what they bring in may well be overridden.
            check_unique_keys(key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode))
            self.flatten_mapping(node)
            mapping: dict[str, JSON] = {}
            for key_node, value_node in node.value:
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, str):
                    raise ValueError(f"{_place(key_node)}: the key {key!r} is no string; put it in quotes")
                mapping[key] = self.construct_object(value_node, deep=deep)
            return mapping

        def construct_number(self, node: _Node) -> int | float:
            """Return the number of a scalar, and note it where a person may have meant a text."""
            text = str(self.construct_scalar(node))
            try:
                number = read_number(text)
            except ValueError as error:
                raise ValueError(f"{_place(node)}: {error}") from None
            if is_ambiguous_number(text):
                self.notes.append(f"{text} in line {node.start_mark.line + 1} as the number {number}")
            return number

    def _construct_yaml_map(loader: _CoreLoader, node: _Node) -> t.Iterator[dict[str, JSON]]:
        mapping: dict[str, JSON] = {}
        yield mapping
        mapping.update(loader.construct_mapping(node))

    def _construct_bool(loader: _CoreLoader, node: _Node) -> bool:
        try:
            return read_bool(str(loader.construct_scalar(node)))
        except ValueError as error:
            raise ValueError(f"{_place(node)}: {error}") from None

    def _construct_str(loader: _CoreLoader, node: _Node) -> str:
        text = str(loader.construct_scalar(node))
        # JSON writes a character beyond the first 65,536 as two halves.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")

    def _construct_vaulted(loader: _CoreLoader, node: _Node) -> str:
        text = str(loader.construct_scalar(node))
        return _decrypted(text.strip().encode(), f"the value in {_place(node)}", "src").decode()

    def _refuse_tag(loader: _CoreLoader, node: _Node) -> t.NoReturn:
        raise ValueError(f"{_place(node)}: the tag {node.tag} has no meaning in JSON")

    for _name, _pattern, _first in (
        ("null", NULL, "~nN"),
        ("bool", BOOL, "tTfF"),
        ("int", INT, "-+0123456789"),
        ("float", FLOAT, "-+.0123456789"),
        ("merge", re.compile("<<"), "<"),
    ):
        _CoreLoader.add_implicit_resolver(
            f"{_TAG}{_name}", re.compile(f"(?:{_pattern.pattern})$"), [*_first, *([""] if _name == "null" else [])]
        )
    _CoreLoader.add_constructor(f"{_TAG}map", _construct_yaml_map)
    _CoreLoader.add_constructor(f"{_TAG}int", _CoreLoader.construct_number)
    _CoreLoader.add_constructor(f"{_TAG}float", _CoreLoader.construct_number)
    _CoreLoader.add_constructor(f"{_TAG}bool", _construct_bool)
    _CoreLoader.add_constructor(f"{_TAG}str", _construct_str)
    _CoreLoader.add_constructor("!vault", _construct_vaulted)
    for _name in ("binary", "set", "omap", "pairs", "timestamp"):
        _CoreLoader.add_constructor(f"{_TAG}{_name}", _refuse_tag)
    _CoreLoader.add_constructor(None, _refuse_tag)

    class _Dumper(SafeDumper):  # type: ignore[misc]  # Ansible has no types
        """A dumper that puts into quotes what a reader of YAML 1.1 or 1.2 takes for another value than the text."""

        def ignore_aliases(self, data: JSON) -> bool:
            """Write each value in its place, because aliases are hard to read."""
            return True

    class _PythonDumper(yaml.SafeDumper):
        """The same, in Python alone."""

        def ignore_aliases(self, data: JSON) -> bool:
            """Write each value where it belongs."""
            return True

    for _dumper in (_Dumper, _PythonDumper):
        for _name, _pattern in (("bool", re.compile("y|Y|n|N")), ("int", INT), ("float", FLOAT)):
            _dumper.add_implicit_resolver(
                f"{_TAG}{_name}", re.compile(f"(?:{_pattern.pattern})$"), list("yYnN-+.0123456789")
            )


def _place(node: _Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _parse_yaml(text: str) -> list[Document]:
    if not HAS_YAML:
        return [Document(parse_json(text))]
    if text.lstrip()[:1] in ("{", "["):
        # JSON may be indented by tabs, and holds characters in halves: neither is YAML.
        with contextlib.suppress(ValueError):
            return [Document(parse_json(text))]
    documents: list[Document] = []
    try:
        loader = _CoreLoader(text)
        try:
            while loader.check_data():
                loader.notes = []
                content = loader.get_data()
                if "*" in text:
                    _check_aliases(content, {})
                documents.append(Document(content, tuple(loader.notes)))
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    return documents


def _check_aliases(value: JSON, sizes: dict[int, int]) -> int:
    """Return how many values there are when every alias is replaced by what it stands for.

    Raises ValueError where they are too many, or without end.
    """
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in sizes:
        sizes[id(value)] = -1
        items = value.values() if isinstance(value, dict) else value
        sizes[id(value)] = 1 + sum(_check_aliases(item, sizes) for item in items)
    if sizes[id(value)] < 0:
        raise ValueError("it contains itself")
    if sizes[id(value)] > _MAX_VALUES:
        raise ValueError(f"its aliases stand for more than {_MAX_VALUES} values")
    return sizes[id(value)]


def number_warnings(document: Document, origin: str) -> list[str]:
    """Return the warning about numbers of a document that a person may have meant as texts."""
    notes = document.notes
    if not notes:
        return []
    more = f", and {len(notes) - _MAX_NUMBERS_REPORTED} more" if len(notes) > _MAX_NUMBERS_REPORTED else ""
    return [
        f"{origin}: YAML reads {', '.join(notes[:_MAX_NUMBERS_REPORTED])}{more}. To stop this warning, put what is"
        " meant as text in quotes, and write a number as JSON does."
    ]
