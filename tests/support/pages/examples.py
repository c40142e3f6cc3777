# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of plugins, the worlds that examples take for granted, and whether the documentation holds."""

from __future__ import annotations

import ast
import copy
import dataclasses
import functools
import json
import re
import shutil
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS
from lab import CONNECTION_SPECS, FIXTURES, FLOW_SPECS, Lab, Spec, Task

ROOT = Path(__file__).parents[3]
WORLDS = FIXTURES / "examples"
COLLECTION = "aep.flow_service."
_NAME: t.Final = re.compile(r"\baep\.flow_service\.(\w+)")
_ENVIRONMENT: t.Final = re.compile(r"\bAEP_(?!TEST_)[A-Z_]*[A-Z]\b")


# What examples take for granted.


class World:
    """What is there before an example: files below its folder, specs in sandboxes, variables, tasks that ran before.

    A file of its own describes it, with the keys

    * files: a path in the folder of the example, to a file or folder of the project
    * folders: empty folders
    * connection_specs, flow_specs: specs to store as they are. src is a file of the project with the rest of the spec,
      sandbox and org say where, supported_by lists the ids of the flow specs that support it
    * objects: other objects to store as they are, by their kinds. src is a file of the project with the rest
    * switches: switches of the emulator
    * variables: variables of the playbook
    * before: tasks of a play on localhost that has run before
    """

    def __init__(self, name: str) -> None:
        self.file = WORLDS / f"{name}.yml"
        self.content: dict[str, t.Any] = yaml.safe_load(self.file.read_text("utf-8")) if self.file.exists() else {}
        known = {"files", "folders", "connection_specs", "flow_specs", "objects", "switches", "variables", "before"}
        unknown = self.content.keys() - known
        assert not unknown, f"{self.file}: {unknown}"

    def prepare(self, lab: Lab, folder: Path) -> None:
        """Store its specs, and write its files to the folder of the example."""
        for target, source in self.content.get("files", {}).items():
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            copy_of = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
            copy_of(ROOT / source, folder / target)
        for name in self.content.get("folders", []):
            (folder / name).mkdir(parents=True)
        if "before" in self.content:
            write_playbook(folder / ".before.yml", self.content["before"])
        for kind, key in ((CONNECTION_SPECS, "connection_specs"), (FLOW_SPECS, "flow_specs")):
            for spec in self.content.get(key, []):
                self._store(lab, kind, dict(spec))
        for kind, contents in self.content.get("objects", {}).items():
            for content in map(_with_src, contents):
                lab.put_state(kind, content["id"], content)
        if "switches" in self.content:
            lab.switch(**self.content["switches"])

    @property
    def before(self) -> list[str]:
        """The playbook to run before, if there is one."""
        return [".before.yml"] if "before" in self.content else []

    @property
    def variables(self) -> list[str]:
        """Its variables, as arguments of ansible-playbook."""
        return ["-e", json.dumps(self.content["variables"])] if "variables" in self.content else []

    @staticmethod
    def _store(lab: Lab, kind: str, spec: Spec) -> None:
        there = lab.in_sandbox(spec.pop("sandbox", lab.sandbox))
        there.org = spec.pop("org", lab.org)
        supported_by = spec.pop("supported_by", [])
        spec = _with_src(spec)
        if kind == CONNECTION_SPECS:
            there.source(spec.pop("name"), *supported_by, **spec)
        else:
            there.store(kind, **spec)


def _with_src(content: Spec) -> Spec:
    """An object, over what the file of the project has that it names."""
    own = {key: value for key, value in content.items() if key != "src"}
    if "src" not in content:
        return own
    return {**yaml.safe_load((ROOT / content["src"]).read_text("utf-8")), **own}


def write_playbook(file: Path, content: list[t.Any]) -> None:
    """Write plays, or a play on localhost with these tasks."""
    plays = content if is_plays(content) else [{"hosts": "localhost", "gather_facts": False, "tasks": content}]
    file.write_text(yaml.safe_dump(plays, sort_keys=False), "utf-8")


# The examples of plugins.


@dataclasses.dataclass(frozen=True)
class Plugin:
    """A plugin that documents examples."""

    kind: str
    name: str
    file: Path
    text: str
    returns: dict[str, t.Any]

    @property
    def examples(self) -> list[t.Any]:
        """Its examples: tasks, or plays."""
        return t.cast(list[t.Any], yaml.safe_load(self.text))

    def __str__(self) -> str:
        return str(self.file.relative_to(ROOT))

    @property
    def world(self) -> World:
        """What its examples take for granted."""
        return World(f"plugins/{self.kind}-{self.name}")


def plugins() -> list[Plugin]:
    """The plugins of the collection that document examples for playbooks."""
    # The examples of an inventory plugin are inventory files.
    found = []
    for file in sorted((ROOT / "plugins").glob("*/*")):
        documents = _documents(file)
        if documents.get("EXAMPLES") and file.parent.name != "inventory":
            kind = "module" if file.parent.name == "modules" else file.parent.name
            found.append(Plugin(kind, file.stem, file, documents["EXAMPLES"], documents.get("RETURN") or {}))
    return found


def _documents(file: Path) -> dict[str, t.Any]:
    """The documentation in a plugin or next to it, RETURN parsed."""
    if file.suffix == ".yml":
        return t.cast(dict[str, t.Any], yaml.safe_load(file.read_text("utf-8")))
    if file.suffix != ".py":
        return {}
    found = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("EXAMPLES", "RETURN"):
                found[name] = ast.literal_eval(node.value)
    return {**found, "RETURN": yaml.safe_load(found.get("RETURN", ""))}


def is_plays(content: t.Any) -> bool:
    """Whether this is a playbook, and no list of tasks."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(
            isinstance(item, dict) and item.keys() & {"hosts", "ansible.builtin.import_playbook"} for item in content
        )
    )


def mappings(content: t.Any) -> Iterator[dict[str, t.Any]]:
    """Every mapping in there but those of defaults, which look like tasks; the outer before the inner."""
    if isinstance(content, dict):
        yield content
        content = [value for key, value in content.items() if key != "module_defaults"]
    if isinstance(content, list):
        for item in content:
            yield from mappings(item)


def tasks_of(content: t.Any) -> dict[str, Task]:
    """The tasks of examples by their names, blocks and plays opened."""
    found: dict[str, Task] = {}
    for item in content:
        lists = ("pre_tasks", "tasks", "handlers", "block", "rescue", "always")
        inner = [task for key in lists for task in item.get(key, [])]
        if inner:
            found.update(tasks_of(inner))
        elif "hosts" not in item:
            assert item.get("name"), f"a task without a name: {item}"
            assert item["name"] not in found, f"two tasks are called {item['name']!r}"
            found[item["name"]] = item
    return found


def module_of(task: Mapping[str, t.Any]) -> str | None:
    """The module of this collection that a task calls."""
    return next((key.removeprefix(COLLECTION) for key in task if str(key).startswith(COLLECTION)), None)


# What the documentation says of results.

_TYPES: t.Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "raw": (object,),
}
# What Ansible adds by itself.
_OF_ANSIBLE: t.Final = {"changed", "failed", "skipped", "invocation", "warnings", "deprecations", "attempts"}


def result_problems(documented: Mapping[str, t.Any], result: Mapping[str, t.Any]) -> Iterator[str]:
    """Where the result of a task that succeeded is not as RETURN says."""
    given = {key: value for key, value in result.items() if key not in _OF_ANSIBLE and not key.startswith("_ansible_")}
    for key, about in documented.items():
        on_failure_only = about["returned"].startswith("failure")
        if key in given and on_failure_only:
            yield f"{key} is returned by a success, and documented for: {about['returned']}"
        if key not in given and not on_failure_only and not about["returned"].startswith("when "):
            yield f"{key} is not returned, and documented for: {about['returned']}"
    yield from _content_problems("", documented, given)


def sample_problems(documented: Mapping[str, t.Any]) -> Iterator[str]:
    """Where a sample is not of the type that it is a sample of."""
    for key, about in documented.items():
        if "sample" in about:
            yield from _value_problems(f"the sample of {key}", about, about["sample"])
        yield from sample_problems(about.get("contains", {}))


def _content_problems(path: str, documented: Mapping[str, t.Any], given: Mapping[str, t.Any]) -> Iterator[str]:
    for key, value in given.items():
        if key not in documented:
            yield f"{path}{key} is returned and not documented"
        else:
            yield from _value_problems(f"{path}{key}", documented[key], value)


def _value_problems(path: str, about: Mapping[str, t.Any], value: t.Any) -> Iterator[str]:
    if value is None:
        null_is_documented = "null" in str(about["description"]).casefold() or about.get("sample", "") is None
        if about["type"] != "raw" and not null_is_documented:
            yield f"{path} is null, and documented as {about['type']}"
        return
    if not _fits(about["type"], value):
        yield f"{path} is documented as {about['type']}, and is {value!r}"
        return
    for number, item in enumerate(value if about["type"] == "list" else []):
        if not _fits(about["elements"], item):
            yield f"{path}[{number}] is documented as {about['elements']}, and is {item!r}"
        elif "contains" in about:
            yield from _content_problems(f"{path}[{number}].", about["contains"], item)
    if about["type"] == "dict" and "contains" in about:
        yield from _content_problems(f"{path}.", about["contains"], value)


def _fits(documented: str, value: t.Any) -> bool:
    is_number = documented in ("int", "float")
    return isinstance(value, _TYPES[documented]) and not (is_number and isinstance(value, bool))


# Whether the names in an example exist.


@functools.cache
def role_options() -> dict[str, set[str]]:
    """The documented variables of each role."""
    found = {}
    for file in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        entries = yaml.safe_load(file.read_text("utf-8"))["argument_specs"].values()
        found[file.parts[-3]] = {name for entry in entries for name in entry["options"]}
    return found


@functools.cache
def playbook_variables() -> set[str]:
    """The options of the roles, and the words of the playbooks, among which are their own variables."""
    texts = [file.read_text("utf-8") for file in (ROOT / "playbooks").glob("*.yml")]
    return {word for text in texts for word in re.findall(r"\w+", text)}.union(*role_options().values())


@functools.cache
def _names() -> set[str]:
    """What there is in the collection to be called by its name."""
    plugin_files = [file for file in (ROOT / "plugins").glob("*/*") if "_utils" not in file.parent.name]
    files = [*plugin_files, *(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/")]
    return {file.stem for file in files} | {"all"}


def text_problems(text: str) -> Iterator[str]:
    """Names in a text that do not exist: of this collection, and of its environment variables."""
    known = {option["fallback"][1][0] for option in connection_options().values()}
    for name in sorted(set(_NAME.findall(text)) - _names()):
        yield f"the collection has no {COLLECTION}{name}"
    for name in sorted(set(_ENVIRONMENT.findall(text)) - known):
        yield f"no option is read from the environment variable {name}"


def option_problems(content: t.Any) -> Iterator[str]:
    """What is wrong with the options of tasks, and the variables of roles, in parsed YAML."""
    # Ansible itself takes any variable for a role.
    roles = set(_NAME.findall(str(content))) & role_options().keys()
    for mapping in mappings(content):
        yield from _defaults_problems(mapping.get("module_defaults") or {})
        for key in mapping.get("vars") or {}:
            role = key.partition("_")[0]
            if role in roles and key not in role_options()[role]:
                yield f"the role {COLLECTION}{role} has no variable {key}"
        module = module_of(mapping)
        if module in OPERATIONS:
            yield from (
                f"options of {module}: {problem}"
                for problem in _argument_problems(module, mapping[COLLECTION + module])
            )


def _defaults_problems(defaults: Mapping[str, Spec]) -> Iterator[str]:
    for name, options in defaults.items():
        operation = OPERATIONS.get(name.removeprefix(COLLECTION))
        known = operation.argument_spec if operation else connection_options()
        if COLLECTION in name:
            yield from (f"module_defaults for {name}: no option {option}" for option in _unknown(options, known))


def _unknown(given: t.Any, known: Mapping[str, t.Any]) -> list[str]:
    aliases = {alias for option in known.values() for alias in option.get("aliases", [])}
    return sorted(set(given) - set(known) - aliases)


def _argument_problems(module: str, arguments: Spec | None) -> list[str]:
    operation = OPERATIONS[module]
    spec = operation.argument_spec
    given = {option: _filled(value, spec.get(option, {})) for option, value in (arguments or {}).items()}
    validator = ArgumentSpecValidator(
        spec, mutually_exclusive=operation.mutually_exclusive, required_one_of=operation.required_one_of
    )
    return t.cast(list[str], validator.validate(given).error_messages)


def _filled(value: t.Any, option: Mapping[str, t.Any]) -> t.Any:
    """The value, or in place of a template one that the option takes."""
    if isinstance(value, list):
        return [_filled(item, {"type": option.get("elements", "str")}) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return copy.deepcopy(value)
    if "choices" in option:
        return option["choices"][0]
    return {"list": [], "dict": {}, "bool": True, "int": 1, "float": 1.0}.get(option.get("type", "str"), "text")
