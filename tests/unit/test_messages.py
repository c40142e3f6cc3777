# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message of a failure has four parts. All of them are read from the code."""

from __future__ import annotations

import ast
import re
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import with_effect
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS

ROOT = Path(__file__).parents[2]
# Python's own errors: what catches them makes a message of them.
INTERNAL = {"ValueError", "TypeError", "KeyError", "AttributeError", "TimeoutError", "RunError"}
# What stands for the message of another failure, or for a part of it.
MESSAGE = "Could not …: …. Next step: …"
PASSED_ON: Mapping[str, str] = {
    "message": MESSAGE,
    "reason": "Could not …: ….",
    "fact": "…. Next step: …",
    "CENSORED_NEXT_STEP": "Next step: …",
    "_PATH_NEXT_STEP": "Next step: …",
}
WORDS = re.compile(
    r"somebody|someone|\bone's\b|\bbrought in line\b|\bmend\b|\bat once\b|\bvia\b|\bplease\b|\bsorry\b|\bshould\b"
    r"|n't\b|—|(?<!there )\bis no (?!such)\w|Nothing was written|\bwhat is there\b|\bgo(es)? on\b"
    r"|(?<!option )\b(the|its|an) id\b(?! of the collection)|\banswer (?!HTTP)",
)


class Texts:
    """The texts of expressions in one file. ``{}`` stands for whatever is filled in."""

    def __init__(self, function: ast.AST, returned: Mapping[str, ast.expr]) -> None:
        self._returned = returned
        self._values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._values.setdefault(node.targets[0].id, []).append(node.value)

    def of(self, node: ast.expr, resolves: bool = True) -> str:
        text = "{}"
        match node:
            case ast.Constant(value=str() as text):
                pass
            case ast.JoinedStr(values=parts) | ast.List(elts=parts):
                text = "".join(self.of(part, resolves) for part in parts)
            case ast.FormattedValue(value=value):
                text = self.of(value, resolves)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                text = self.of(left, resolves) + self.of(right, resolves)
            case ast.IfExp(body=body, orelse=other):
                # Whichever it is, both have to be good.
                texts = self.of(body, resolves), self.of(other, resolves)
                text = min(texts, key=lambda one: (not broken(one), one))
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in PASSED_ON:
                text = PASSED_ON[name]
            case ast.Subscript(slice=ast.Constant(value="msg")) | ast.Call(args=[ast.Name(id="error")]):
                text = MESSAGE
            case ast.Call(func=ast.Name(id=name)) if resolves and name in self._returned:
                text = self.of(self._returned[name], False)
            case ast.Call(func=ast.Attribute(attr="join" | "redact") | ast.Name(id="redact"), args=[value]):
                text = self.of(value, resolves)
            case ast.Name(id=name) if resolves and len(values := self._values.get(name, [])) == 1:
                text = self.of(values[0], False)
        return text


def messages() -> Iterator[tuple[str, str]]:
    """Each message that the plugins raise, with its place."""
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        if file.parent.name == "_checks":
            # What these raise becomes a finding with a place, and no failure.
            continue
        tree = ast.parse(file.read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        returned = {
            one.name: last.value
            for one in functions
            if isinstance(last := one.body[-1], ast.Return) and last.value is not None
        }
        found = {}
        # From the outermost to the innermost, which knows best what a name in it stands for.
        for function in (tree, *functions):
            texts = Texts(function, returned)
            for node in ast.walk(function):
                name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                if isinstance(node, ast.Call) and node.args and name.endswith("Error") and name not in INTERNAL:
                    found[node.lineno] = texts.of(node.args[0])
        for line, text in found.items():
            yield f"{file.relative_to(ROOT)}:{line}", text


def broken(text: str) -> str:
    """Return the first rule that a message breaks, or nothing."""
    reason, _step, rest = text.partition(" Next step: ")
    if not reason.startswith("Could not "):
        return "starts with Could not"
    if ": " not in reason:
        return "reports a fact after a colon"
    if not rest:
        return "has a next step"
    if rest[0].isupper() or rest.startswith("you "):
        return "continues the next step in lower case, as an imperative"
    found = WORDS.search(text)
    return f"avoids {found[0]!r}" if found else ""


def tasks() -> Iterator[tuple[str, str]]:
    """Each message of a task that fails or asserts, with its place."""
    patterns = ("roles/*/tasks/*.yml", "playbooks/*.yml", "extensions/awx/*.yml", "extensions/awx/project/*.yml")
    for file in sorted(file for pattern in patterns for file in ROOT.glob(pattern)):
        for mapping in mappings(yaml.load(file.read_text("utf-8"), Loader)):
            for module, key in (("ansible.builtin.assert", "fail_msg"), ("ansible.builtin.fail", "msg")):
                if module in mapping:
                    place = f"{file.relative_to(ROOT)}: {mapping['name']}"
                    yield place, mapping[module][key]
                    # A choice of several is made of variables.
                    texts = mapping.get("vars", {}).values()
                    yield from ((place, text) for text in texts if text.startswith("Could not"))


class Loader(yaml.SafeLoader):
    """Knows what Ansible does not template."""


Loader.add_constructor("!unsafe", lambda _loader, node: node.value)


def mappings(content: t.Any) -> Iterator[dict[str, t.Any]]:
    if isinstance(content, dict):
        yield content
    for value in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from mappings(value)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Could not read X: it is not there. Next step: check the path.", ""),
        ("There is no X. Next step: check the path.", "starts with"),
        ("Could not read X. Next step: check the path.", "reports a fact"),
        ("Could not read X: it is not there.", "has a next step"),
        ("Could not read X: it is not there. Next step: Check the path.", "lower case"),
        ("Could not read X: somebody removed it. Next step: check the path.", "avoids 'somebody'"),
    ],
)
def test_the_rules_are_kept(text: str, rule: str) -> None:
    assert rule in broken(text) if rule else broken(text) == ""


def test_a_message_of_a_plugin_has_four_parts() -> None:
    # What Ansible reports of arguments is worded by Ansible, for lookups as for modules.
    found = [(place, text) for place, text in messages() if not (text == "{}" and "_look_up" in place)]
    assert len(found) > 200
    assert {place: (rule, text) for place, text in found if (rule := broken(text))} == {}


def of_task(text: str) -> str:
    """The message of a task, with {} for what is filled in: at the start or the end, the message of a module."""
    filled = re.sub(r"{{.*?}}|{%.*?%}", "{}", text.strip(), flags=re.DOTALL)
    if "Next step: " in filled:
        return re.sub(r"^{}", PASSED_ON["reason"], filled)
    return re.sub(r"{}$", MESSAGE, filled)


def test_a_message_states_that_no_changes_were_made_where_this_is_certain() -> None:
    message = "Could not update X: it is gone. Next step: check X."
    stated = "Could not update X: it is gone. No changes were made. Next step: check X."
    assert with_effect(message, False) == with_effect(stated, False) == stated
    assert with_effect(message, True) == with_effect(stated, True) == message
    assert with_effect("Could not use X: it is 1. No request was sent. Next step: set X.", False).count("No ") == 1
    read_only = {name for name, operation in OPERATIONS.items() if operation.is_read_only}
    assert read_only == {*(name for name in OPERATIONS if name.endswith("_info")), "spec_export", "definition_check"}


def test_a_message_of_a_task_has_four_parts() -> None:
    found = [(place, of_task(text)) for place, text in tasks()]
    assert len(found) > 8
    assert {place: (rule, text) for place, text in found if (rule := broken(text))} == {}
