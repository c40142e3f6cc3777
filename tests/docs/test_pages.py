# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the pages of the repository become those of the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs_site import INDEX, Repository, anchors, assemble, rewritten, site_pages

FILES = {
    "galaxy.yml": "namespace: aep\nrepository: https://forge.example/it\nversion: 1.2.3\n",
    "README.md": "[a guide](docs/guide.md)\n",
    "docs/docsite/conf.py": "",
    "docs/docsite/static/site.css": "",
    INDEX: "# It\n",
    "docs/guide.md": "# Guide\n\n## `more`, and more\n\n```text\n# no heading\n[no link](nowhere.md)\n```\n",
    "docs/images/one.svg": "<svg/>",
    "plugins/modules/one.py": "",
    "roles/two/tasks/main.yml": "",
    "extensions/emulator/README.md": "# The emulator\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A small repository."""
    for name, text in FILES.items():
        file = tmp_path / "repository" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Repository.at(tmp_path / "repository")


@pytest.mark.parametrize(
    ("link", "in_the_site"),
    [
        ("guide.md", "guide.md"),
        ("guide.md#more-and-more", "guide.md#more-and-more"),
        ("#more-and-more", "#more-and-more"),
        ("../extensions/emulator/README.md", "emulator.md"),
        ("../README.md", "index.md"),
        ("images/one.svg", "images/one.svg"),
        ("../plugins/modules/one.py", "reference/one_module.rst"),
        ("../roles/two", "reference/two_role.rst"),
        ("../roles/two/tasks/main.yml", "https://forge.example/it/blob/main/roles/two/tasks/main.yml"),
        ("../plugins", "https://forge.example/it/tree/main/plugins"),
        ("https://elsewhere.example/page.md", "https://elsewhere.example/page.md"),
    ],
)
def test_a_link_of_the_repository_becomes_one_of_the_site(repository: Repository, link: str, in_the_site: str) -> None:
    text, broken = rewritten(
        f"[`one`]({link}), `[two]({link})`\n", "docs/guide.md", repository, site_pages(repository.root)
    )
    # The page itself has this heading; what stands in code is left alone.
    assert text == f"[`one`]({in_the_site}), `[two]({link})`\n"
    assert broken == []


@pytest.mark.parametrize("link", ["gone.md", "guide.md#gone", "#gone", "../../outside.md", "images/gone.svg"])
@pytest.mark.parametrize("page", ["docs/guide.md", "README.md"])
def test_a_link_that_leads_nowhere_ends_the_build(repository: Repository, tmp_path: Path, link: str, page: str) -> None:
    file = repository.root / page
    file.write_text(f"{file.read_text('utf-8')}\n[it]({link})\n", encoding="utf-8")
    (tmp_path / "source").mkdir()
    with pytest.raises(SystemExit) as end:
        assemble(repository, tmp_path / "source")
    assert f"{page}: {link}" in str(end.value)


def test_every_page_is_in_the_navigation(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    assemble(repository, tmp_path / "source")
    index = (tmp_path / "source" / "index.md").read_text("utf-8")
    assert [name for name in ("guide", "emulator", "reference/index") if f"\n{name}\n" not in index] == []


def test_anchors_are_those_of_the_headings() -> None:
    text = "# One, *two* & three\n## A `code_word`\n## [Linked](x.md)\n## Again\n## Again\n~~~\n## code\n~~~\n"
    assert anchors(text) == {"one-two--three", "a-code_word", "linked", "again", "again-1"}
