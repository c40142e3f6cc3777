# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of the repository become those of the site, with their links, by the settings of Sphinx."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = Path(__file__).parents[2] / "docs" / "docsite"
FILES = {
    "galaxy.yml": "repository: https://forge.example/it\nversion: 1.2.3\n",
    "README.md": "# It\n",
    "docs/index.md": (
        "# It\n\n```{toctree}\nguide\n/extensions/emulator/README\n/reference/one_module\n/reference/two_role\n```\n"
    ),
    "docs/guide.md": "# Guide\n\n## `more`, and more\n\n```text\n[no link](nowhere.md)\n```\n",
    "plugins/modules/one.py": "",
    "roles/two/tasks/main.yml": "",
    "roles/two/README.md": "# Two\n",
    "reference/one_module.rst": "One\n===\n\n.. contents::\n   :local:\n\nPart\n----\n",
    "reference/two_role.rst": "Two\n===\n",
    "extensions/emulator/README.md": "# The emulator\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository with the settings of this one."""
    for name, text in FILES.items():
        file = tmp_path / "repository" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(SETTINGS, tmp_path / "repository" / "docs" / "docsite")
    return tmp_path / "repository"


def build(repository: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Build the site with these lines in the guide."""
    guide = repository / "docs" / "guide.md"
    guide.write_text("\n\n".join([FILES["docs/guide.md"], *lines]), encoding="utf-8")
    settings = ("-q", "-W", "--keep-going", "-c", str(repository / "docs" / "docsite"))
    command = [sys.executable, "-m", "sphinx", *settings, str(repository), str(repository / "site")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_link_of_the_repository_becomes_one_of_the_site(repository: Path) -> None:
    links = {
        "index.md": "index.html",
        "#more-and-more": "#more-and-more",
        "guide.md#more-and-more": "#more-and-more",
        "../extensions/emulator/README.md": "../extensions/emulator/README.html",
        "../README.md": "index.html",
        "../plugins/modules/one.py": "../reference/one_module.html",
        "../roles/two": "../reference/two_role.html",
        "../roles/two/README.md": "../reference/two_role.html",
        "../roles/two/tasks/main.yml": "https://forge.example/it/blob/main/roles/two/tasks/main.yml",
        "../plugins": "https://forge.example/it/tree/main/plugins",
        "https://elsewhere.example/page.md": "https://elsewhere.example/page.md",
    }
    built = build(repository, *(f"[`target{number}`]({link})" for number, link in enumerate(links)))
    assert built.returncode == 0, built.stderr
    page = (repository / "site" / "docs" / "guide.html").read_text("utf-8")
    for number, address in enumerate(links.values()):
        (found,) = re.findall(rf'href="([^"]*)"[^>]*>(?:<[^>]*>)*target{number}<', page)
        assert found == address
    assert not (repository / "site" / "_downloads").exists()
    assert "contents local" not in (repository / "site" / "reference" / "one_module.html").read_text("utf-8")


@pytest.mark.parametrize("link", ["gone.md", "guide.md#gone", "#gone", "../../outside.md", "../plugins/gone.py"])
def test_a_link_that_leads_nowhere_ends_the_build(repository: Path, link: str) -> None:
    built = build(repository, f"[it]({link})")
    assert built.returncode
    assert "guide.md" in built.stderr
    assert link.rpartition("/")[2].removeprefix("guide.md#").removeprefix("#") in built.stderr


def test_a_page_outside_of_the_navigation_ends_the_build(repository: Path) -> None:
    (repository / "docs" / "forgotten.md").write_text("# Forgotten\n", encoding="utf-8")
    built = build(repository)
    assert built.returncode
    assert "isn't included in any toctree" in built.stderr
