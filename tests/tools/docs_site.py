# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site, offline: the Markdown of the repository, and a reference made from the collection.

The pages are read on the forge as well, so their links are those of the repository. Here they become links between the
pages of the site; what is no page of it becomes a link to the repository, and what is not there at all is an error.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
import shutil
import sys
import typing as t
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from environments import ROOT, Environment

COLLECTION = "aep.flow_service"
INDEX = "docs/docsite/index.md"

SECTIONS: t.Final = {
    "Start": ["docs/getting-started.md", "docs/authentication.md", "docs/troubleshooting.md"],
    # And every other page below docs.
    "Guides": [
        *(f"docs/{name}.md" for name in ("sources", "folders", "going-back", "audit", "export", "promote", "scale")),
        "extensions/awx/README.md",
        "extensions/emulator/README.md",
    ],
    "Reference": ["reference"],
    "How it works": ["docs/architecture.md", "docs/promises.md", "docs/benchmark.md"],
    "Project": ["CONTRIBUTING.md", "docs/new-kind.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "CHANGELOG.rst"],
}
"""The navigation: the pages of each section, as they lie in the repository, those that are there."""

OTHER_PAGES: t.Final = {
    INDEX: "index.md",
    "extensions/emulator/README.md": "emulator.md",
    "extensions/awx/README.md": "awx.md",
}
"""Where pages go whose names say nothing outside of their folders."""

OTHER_TEXTS: t.Final = ("README.md", "roles/*/README.md")

TITLES: t.Final = {"CHANGELOG.rst": "Changelog"}
"""What the navigation calls a page, if not by its title."""

KINDS: t.Final = {"module": "Modules", "role": "Roles", "lookup": "Lookup plugins", "filter": "Filter plugins"}
"""The kinds of the reference, as antsibull-docs names its files."""

_FENCE: t.Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINK: t.Final = re.compile(r"(?<=\]\()([^()\s]+)(?=\))")
_CODE: t.Final = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_SCHEME: t.Final = re.compile(r"[a-z][a-z0-9+.-]*:")


@dataclasses.dataclass(frozen=True)
class Repository:
    """What links are checked against: the files, and where they can be read."""

    root: Path
    url: str
    version: str

    @classmethod
    def at(cls, root: Path) -> Repository:
        """The repository in this folder."""
        facts = dict(re.findall(r"^(\w+): (\S+)$", (root / "galaxy.yml").read_text("utf-8"), re.MULTILINE))
        return cls(root, facts["repository"], facts["version"])

    def link(self, path: str) -> str:
        """Where a file or folder can be read, path and all."""
        kind = "tree" if (self.root / path).is_dir() else "blob"
        return f"{self.url}/{kind}/main/{path}"


def build(env: Environment, collections: Path, target: Path) -> None:
    """Build the site of this repository in C(target), with the reference of the collection as it is installed."""
    repository = Repository.at(ROOT)
    source = target.with_name(f"{target.name}-source")
    for folder in (source, target):
        shutil.rmtree(folder, ignore_errors=True)
    reference = source / "reference"
    reference.mkdir(parents=True)
    generator = ("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error")
    env.run(
        *generator, "--no-add-antsibull-docs-version", "--dest-dir", str(reference), COLLECTION, collections=collections
    )
    (reference / "index.rst").unlink()
    (reference / "index.md").write_text(reference_index(reference), encoding="utf-8")
    for file in reference.glob("*.rst"):
        # The theme has a table of contents of its own beside each page.
        text = re.sub(r"^\.\. contents::\n(?: +:.*\n)*", "", file.read_text("utf-8"), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    assemble(repository, source)
    versions = [word for name in ("release", "version") for word in ("-D", f"{name}={repository.version}")]
    options = ("-q", "-W", "--keep-going", "-d", str(source / ".doctrees"), *versions)
    env.run("sphinx-build", *options, str(source), str(target), collections=collections)


def assemble(repository: Repository, source: Path) -> None:
    """Put the pages, with the navigation and what Sphinx needs, into C(source)."""
    root = repository.root
    pages = site_pages(root)
    wrong: list[str] = []
    for path, place in pages.items():
        text = (root / path).read_text(encoding="utf-8")
        if path.endswith(".md"):
            text, broken = rewritten(text, path, repository, pages)
            wrong += broken
        if path == INDEX:
            text += navigation(pages)
        (source / place).write_text(text, encoding="utf-8")
    # No page of the site, but its links count as well.
    for file in (file for pattern in OTHER_TEXTS for file in root.glob(pattern)):
        path = str(file.relative_to(root))
        wrong += rewritten(file.read_text("utf-8"), path, repository, {**pages, path: path})[1]
    if wrong:
        sys.exit("\n".join([*wrong, "These links lead nowhere in the repository."]))
    shutil.copy2(root / "docs/docsite/conf.py", source)
    for folder, place in (("docs/images", "images"), ("docs/docsite/static", "static")):
        shutil.copytree(root / folder, source / place)


def site_pages(root: Path) -> dict[str, str]:
    """The pages by their paths in the repository, with their paths in the site."""
    listed = [path for paths in SECTIONS.values() for path in paths if path != "reference"]
    found = [*OTHER_PAGES, *listed, *sorted(str(path.relative_to(root)) for path in root.glob("docs/*.md"))]
    return {
        path: OTHER_PAGES.get(path) or posixpath.basename(path).lower().replace("_", "-")
        for path in dict.fromkeys(found)
        if (root / path).is_file() and (root / path).stat().st_size
    }


def navigation(pages: Mapping[str, str]) -> str:
    """The tables of contents of the site, for its index page."""
    listed = {path for paths in SECTIONS.values() for path in paths} | {INDEX}
    trees = []
    for caption, paths in SECTIONS.items():
        inside = [path for path in paths if path in pages]
        if caption == "Guides":
            inside += [path for path in pages if path not in listed]
        entries = ["reference/index"] if "reference" in paths else [_entry(path, pages[path]) for path in inside]
        trees.append(_toctree(entries, caption=caption))
    return "\n" + "\n".join(trees)


def _entry(path: str, place: str) -> str:
    name = posixpath.splitext(place)[0]
    return f"{TITLES[path]} <{name}>" if path in TITLES else name


def _toctree(entries: Iterable[str], caption: str = "") -> str:
    options = [":hidden:", ":maxdepth: 2", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["```{toctree}", *options, "", *entries, "```", ""])


def reference_index(reference: Path) -> str:
    """The index page of the reference: what there is, by kind, with a line on each."""
    lines = ["# Modules, roles and plugins", ""]
    trees = []
    for kind, caption in KINDS.items():
        entries = []
        files = sorted(reference.glob(f"*_{kind}.rst"), key=lambda file: file.stem.removesuffix(f"_{kind}"))
        for file in files:
            name = file.stem.removesuffix(f"_{kind}")
            title = re.search(
                rf"^{re.escape(COLLECTION)}\.{name} {kind} -- (.+)$", file.read_text("utf-8"), re.MULTILINE
            )
            if title is None:
                sys.exit(f"{file} has no title of the usual form.")
            lines.append(f"| [{name}]({file.name}) | {title[1]} |")
            entries.append(f"{name if kind == 'module' else f'{name} ({kind})'} <{file.stem}>")
        if files:
            lines[-len(files) : -len(files)] = [f"## {caption}", "", "| | |", "| --- | --- |"]
            lines.append("")
            trees.append(_toctree(entries))
    lines.append(
        "Every option of the connection can come from the environment: [the variables](environment_variables.rst).\n"
    )
    trees.append(_toctree(["Environment variables <environment_variables>"]))
    return "\n".join([*lines, *trees])


def rewritten(text: str, path: str, repository: Repository, pages: Mapping[str, str]) -> tuple[str, list[str]]:
    """A page with its links as the site needs them, and a line for each link that leads nowhere in the repository."""
    broken: list[str] = []

    def place_of(match: re.Match[str]) -> str:
        target = match[1]
        if _SCHEME.match(target):
            return target
        file, _hash, anchor = target.partition("#")
        there = (
            posixpath.normpath(posixpath.join(posixpath.dirname(path), urllib.parse.unquote(file))) if file else path
        )
        if there.startswith("..") or not (repository.root / there).exists():
            broken.append(f"{path}: {target}")
            return target
        if anchor and there.endswith(".md") and anchor not in anchors((repository.root / there).read_text("utf-8")):
            broken.append(f"{path}: {target} (no such heading)")
        if not file:
            return target
        place = place_in_site(there, pages)
        if place is None:
            return repository.link(there) + _hash + anchor
        return posixpath.relpath(place, posixpath.dirname(pages[path])) + _hash + anchor

    lines = [line if in_code else _outside_code(line, place_of) for line, in_code in _lines(text)]
    return "\n".join(lines) + "\n", broken


def place_in_site(path: str, pages: Mapping[str, str]) -> str | None:
    """Where the site has what this path of the repository is; None where it has nothing of it."""
    if path in pages:
        return pages[path]
    if path == "README.md":
        return pages[INDEX]
    if path.startswith("docs/images/"):
        return path.removeprefix("docs/")
    named = re.fullmatch(r"plugins/(modules|filter|lookup)/(\w+)\.(?:py|yml)|(roles)/(\w+)(?:/README\.md)?", path)
    if named is None:
        return None
    kind, name = (named[1] or named[3]).removesuffix("s"), named[2] or named[4]
    return f"reference/{name}_{kind}.rst"


def anchors(text: str) -> set[str]:
    """The anchors of a Markdown page, as forges and the site make them of its headings."""
    found: set[str] = set()
    for line, in_code in _lines(text):
        heading = re.match(r" {0,3}#{1,6} +(.*?)(?: +#+)? *$", line)
        if heading and not in_code:
            slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()).replace(
                " ", "-"
            )
            number = 0
            while (unique := f"{slug}-{number}" if number else slug) in found:
                number += 1
            found.add(unique)
    return found


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of a Markdown page, each with whether it belongs to a block of code."""
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
            yield line, True
        else:
            yield line, bool(fence)
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""


def _outside_code(line: str, place_of: t.Callable[[re.Match[str]], str]) -> str:
    parts = []
    end = 0
    for code in _CODE.finditer(line):
        parts += [_LINK.sub(place_of, line[end : code.start()]), code[0]]
        end = code.end()
    # A link whose text is code is cut in two by it: its address starts behind the bracket.
    return "".join([*parts, _LINK.sub(place_of, line[end:])])
