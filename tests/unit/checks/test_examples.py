# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each check finds its own example, and nothing is found in good ones or, as an error, in what Adobe publishes."""

from __future__ import annotations

import collections
import json
import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import ERROR, HINT
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import Finding, check_definitions, check_file

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOOD = sorted((FIXTURES / "checks" / "good").iterdir())
# Two of them are no YAML, and end in .YML: linters leave them alone, and the collection does not.
BAD = sorted((FIXTURES / "checks" / "bad").iterdir(), key=lambda path: path.stem)
ROOT = FIXTURES.parents[1]
SHIPPED = [
    ROOT / "playbooks/files/acme-crm.yml",
    ROOT / "extensions/awx/project/definitions/connection_specs/acme-orders.yml",
]
# docs/editors.md shows mistakes.
PAGES = [
    page
    for page in sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md")))
    if page.name != "editors.md"
]
PUBLISHED = sorted((FIXTURES / "published").rglob("*.json"))


def found_in(path: Path) -> list[Finding]:
    count, findings = check_file(str(path))
    assert count == 1
    return findings


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_nothing_is_found_in_a_good_example(path: Path) -> None:
    assert found_in(path) == []


@pytest.mark.parametrize("path", SHIPPED, ids=name)
def test_nothing_is_found_in_what_the_project_ships(path: Path) -> None:
    assert found_in(path) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_is_found_in_definitions_on_pages(page: Path) -> None:
    for block in re.findall(r"^( *)```yaml\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        indent, text = block
        for document in yaml.load_all(re.sub(rf"(?m)^{indent}", "", text), Loader=_Tolerant):
            for definition in definitions_in(document):
                assert check_definitions([definition], (), None, is_partial=True).findings == [], page


def test_pages_have_definitions() -> None:
    assert sum("sourceSpec:" in page.read_text("utf-8") for page in PAGES) >= 3


class _Tolerant(yaml.SafeLoader):
    """Takes tags such as !vault as well."""


_Tolerant.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def definitions_in(value: t.Any) -> Iterator[dict[str, t.Any]]:
    """The connection specs in a document: what has the type of a source."""
    if isinstance(value, dict):
        if str(value.get("type", "")).startswith("generic-") and "name" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from definitions_in(item)


@pytest.mark.parametrize("path", BAD, ids=name)
def test_a_bad_example_gives_its_own_finding_and_no_other(path: Path) -> None:
    (finding,) = found_in(path)
    assert finding.check == path.stem.partition("-")[0]
    check = CHECKS[finding.check]
    assert finding.severity in (check.severity, *check.milder)


@pytest.mark.parametrize("path", BAD, ids=name)
def test_a_finding_has_the_line_of_its_cause(path: Path) -> None:
    (finding,) = found_in(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.endswith("# <- here")]
    assert [finding.line] == marked
    assert finding.src == str(path)
    # The column is that of the key, or of the entry of a list.
    key = re.split(r"(?<!\\)\.", finding.path)[-1]
    line = lines[marked[0] - 1]
    assert finding.column is not None
    if not key.isdecimal() and f"{key}:" in line:
        assert line[finding.column - 1 :].startswith(key)


def test_every_check_has_a_bad_example() -> None:
    assert [path.stem.partition("-")[0] for path in BAD] == sorted(CHECKS)


@pytest.mark.parametrize("path", PUBLISHED, ids=name)
def test_what_adobe_publishes_has_no_error(path: Path) -> None:
    assert [finding for finding in found_in(path) if finding.severity is ERROR] == []


def test_the_slips_of_published_payloads_are_found_as_warnings() -> None:
    found = collections.Counter(
        finding.check for path in PUBLISHED for finding in found_in(path) if finding.severity is not HINT
    )
    assert found == {"AUT004": 2, "AUT024": 1, "AUT061": 2, "AUT063": 8, "AUT070": 5, "AUT072": 2}


def test_no_key_of_published_payloads_counts_as_undocumented() -> None:
    assert [finding for path in PUBLISHED for finding in found_in(path) if finding.check == "AUT006"] == []


def test_a_json_file_has_lines_as_well(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    spec: dict[str, t.Any] = json.loads(
        (FIXTURES / "published/connection_specs/mailchimp-members.post.request.json").read_text()
    )
    spec["sourceSpec"]["attributes"]["urlParams"]["method"] = "get"
    path.write_text(json.dumps(spec, indent=2), encoding="utf-8")
    (finding,) = (finding for finding in found_in(path) if finding.severity is ERROR)
    assert finding.line is not None
    assert finding.column is not None
    line = path.read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith('"method": "get"')
