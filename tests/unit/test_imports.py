# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages of the core import one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "plugins" / "module_utils"
PREFIX = "ansible_collections.aep.flow_service.plugins."
# Each package, and the packages that it can import.
ALLOWED = {
    "_errors": set[str](),
    "_json": {"_errors"},
    "_http": {"_json", "_errors"},
    "_kinds": {"_json", "_errors"},
    "_checks": {"_kinds", "_json", "_errors"},
    "_engine": {"_kinds", "_http", "_json", "_errors"},
    "_tasks": {"_engine", "_checks", "_kinds", "_http", "_json", "_errors"},
    "_module": {"_tasks", "_http"},
}


def imports(file: Path) -> Iterator[str]:
    """The modules of the collection that a file imports, as in ``module_utils._json.paths``."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
            yield str(node.module).removeprefix(PREFIX)


@pytest.mark.parametrize("package", [path.stem for path in sorted(CORE.iterdir()) if not path.name.startswith("__")])
def test_a_package_imports_only_those_below_it(package: str) -> None:
    files = [CORE / f"{package}.py"] if (CORE / f"{package}.py").exists() else sorted((CORE / package).rglob("*.py"))
    found = [name for file in files for name in imports(file)]
    assert found or package == "_errors"
    assert {name.split(".")[1] for name in found} - {package} <= ALLOWED[package]
    assert {name.split(".")[0] for name in found} <= {"module_utils"}


@pytest.mark.parametrize("package", [name for name in ALLOWED if (CORE / name).is_dir()])
def test_no_module_of_a_package_imports_itself_by_way_of_others(package: str) -> None:
    below = {
        file.stem: {name.split(".")[2] for name in imports(file) if name.startswith(f"module_utils.{package}.")}
        for file in sorted((CORE / package).glob("*.py"))
    }
    while below:
        free = [name for name, imported in below.items() if not imported & below.keys()]
        assert free, f"these import each other: {sorted(below)}"
        for name in free:
            del below[name]
