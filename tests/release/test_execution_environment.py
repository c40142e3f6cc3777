# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment: what ansible-builder makes of its definition, and finds in the collection.

That the tests of the collection pass in what it finds is shown by the tests themselves: they run Ansible in it.
"""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.compat.version import LooseVersion
from packaging.requirements import Requirement

import release

ROOT = Path(__file__).parents[2]
DEFINITION = ROOT / "extensions" / "execution-environment" / "execution-environment.yml"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context, as ansible-builder creates it."""
    folder = tmp_path_factory.mktemp("context")
    where = ["--file", str(DEFINITION), "--context", str(folder), "--output-filename", "Containerfile"]
    subprocess.run(["ansible-builder", "create", *where], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def definition() -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], yaml.safe_load(DEFINITION.read_text("utf-8")))


def test_the_context_has_the_collection_and_the_base_image(context: Path, definition: dict[str, t.Any]) -> None:
    collections = yaml.safe_load((context / "_build" / "requirements.yml").read_text("utf-8"))["collections"]
    (ours,) = [one for one in collections if one["name"] == "aep.flow_service"]
    galaxy = release.read("galaxy.yml")
    assert LooseVersion(galaxy["version"]) >= LooseVersion(ours["version"].removeprefix(">="))
    containerfile = (context / "Containerfile").read_text("utf-8")
    base = definition["images"]["base_image"]["name"]
    assert ":" in base, "a base image without a tag is another one tomorrow"
    assert f'EE_BASE_IMAGE="{base}"' in containerfile
    for name in ("ansible_core", "ansible_runner"):
        assert definition["dependencies"][name]["package_pip"] in containerfile


def test_an_artifact_of_ones_own_can_be_taken(artifact: Path, tmp_path: Path, definition: dict[str, t.Any]) -> None:
    """As the README says: the artifact is in the context, where the requirements look for it."""
    page = (DEFINITION.parent / "README.md").read_text("utf-8")
    parts = yaml.safe_load(page.partition("```yaml")[2].partition("```")[0])
    shutil.copy(artifact, tmp_path)
    parts["additional_build_files"][0]["src"] = artifact.name
    own = {**definition, **parts, "dependencies": {**definition["dependencies"], **parts["dependencies"]}}
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(own))
    create = ["ansible-builder", "create", "--output-filename", "Containerfile"]
    subprocess.run(create, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    build = tmp_path / "context" / "_build"
    (wanted,) = yaml.safe_load((build / "requirements.yml").read_text("utf-8"))["collections"]
    assert (build / wanted["name"]).read_bytes() == artifact.read_bytes()
    # Relative to where the container has what is in _build.
    assert "ansible-galaxy collection install $ANSIBLE_GALAXY_CLI_COLLECTION_OPTS -r requirements.yml" in (
        tmp_path / "context" / "Containerfile"
    ).read_text("utf-8")


def test_it_takes_the_supported_versions_of_ansible(definition: dict[str, t.Any]) -> None:
    core = Requirement(definition["dependencies"]["ansible_core"]["package_pip"])
    oldest, newest = (
        Requirement((ROOT / "tests" / "tools" / f"requirements-{name}.txt").read_text("utf-8").splitlines()[1])
        for name in ("oldest", "newest")
    )
    assert {str(one) for one in core.specifier} == {
        *(str(one) for one in oldest.specifier if one.operator == ">="),
        *(str(one) for one in newest.specifier if one.operator == "<"),
    }


def test_what_the_metadata_name_is_found(artifact: Path, tmp_path: Path) -> None:
    install = ["ansible-galaxy", "collection", "install", str(artifact), "-p", str(tmp_path), "--offline"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    found = tmp_path / "found.txt"
    introspect = ["ansible-builder", "introspect", str(tmp_path), "--write-pip", str(found)]
    subprocess.run(introspect, check=True, stdout=subprocess.DEVNULL)
    named = {str(one) for one in release.requirements(ROOT / "requirements.txt")}
    # PyYAML is left out, since it comes with ansible-core.
    assert {str(one) for one in release.requirements(found)} == {one for one in named if not one.startswith("PyYAML")}
