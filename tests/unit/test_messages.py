# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message of a failure has a next step: all of them are read from the code."""

from __future__ import annotations

import ast
import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
# A text may end in a constant that is filled in, which is the step.
STEP = re.compile(r"Next step: \S|[.] {}$")
# The message of another failure is passed on as a whole, or the step is added by what raises it.
PASSED_ON = re.compile(r"(Could not use )?[{}\s:]*")


def text_of(node: ast.expr) -> str:
    """The text of an expression; {} stands for whatever is filled in."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(text_of, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left) + text_of(right)
        case ast.IfExp(body=body, orelse=other):
            # Whichever it is, both have to be good.
            return min(text_of(body), text_of(other), key=lambda text: (bool(STEP.search(text)), text))
        case ast.Call(func=ast.Attribute(value=value, attr="join")):
            return text_of(value)
    return "{}"


def messages() -> Iterator[tuple[str, str]]:
    """Each message that the plugins raise, with its place."""
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        if file.parent.name == "_checks":
            # What these raise becomes a finding with a place, and no failure.
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name):
                name = node.func.id
                if name.endswith("Error") and name not in (
                    "ValueError",
                    "TypeError",
                    "KeyError",
                    "AttributeError",
                    "TimeoutError",
                ):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", text_of(node.args[0])


def tasks() -> Iterator[tuple[str, str]]:
    """Each message of a task that fails or asserts, with its place."""
    patterns = ("roles/*/tasks/*.yml", "playbooks/*.yml", "extensions/awx/*.yml", "extensions/awx/project/*.yml")
    for file in sorted(file for pattern in patterns for file in ROOT.glob(pattern)):
        for mapping in mappings(yaml.load(file.read_text("utf-8"), Loader)):
            for module, key in (("ansible.builtin.assert", "fail_msg"), ("ansible.builtin.fail", "msg")):
                if module in mapping:
                    yield f"{file.relative_to(ROOT)}: {mapping['name']}", mapping[module][key]


class Loader(yaml.SafeLoader):
    """Knows what Ansible does not template."""


Loader.add_constructor("!unsafe", lambda _loader, node: node.value)


def mappings(content: t.Any) -> Iterator[dict[str, t.Any]]:
    if isinstance(content, dict):
        yield content
    for value in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from mappings(value)


def has_step(text: str) -> bool:
    return bool(STEP.search(text) or PASSED_ON.fullmatch(text))


def test_a_message_of_a_plugin_has_a_next_step() -> None:
    found = list(messages())
    assert len(found) > 40
    assert {place: text for place, text in found if not has_step(text)} == {}


def test_a_message_of_a_task_has_a_next_step() -> None:
    found = list(tasks())
    assert len(found) > 8
    files = [*ROOT.glob("roles/*/vars/main.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    variables = "".join(file.read_text("utf-8") for file in files)
    lacking = [
        f"{place}: {text}"
        for place, text in found
        # A message may be that of a module, or made of a variable that has it.
        if not STEP.search(text)
        and not re.fullmatch(r"{{ \w+\.msg }}", text.strip())
        # Those of the plan are made in Python, where the test above finds them.
        and not re.fullmatch(r"{{ \w+\.problems \| join\(' '\) }}", text.strip())
        and not (re.search(r"__(drift|no_answer)\b", text) and STEP.search(variables))
    ]
    assert lacking == []
