# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is released: the artifact and what comes with it, and the way from a checkout to a release."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import release
from collection import layout

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "tests" / "tools" / "release.py"
BELONGING = {
    *("CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"),
    *("SECURITY.md", "changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "requirements.txt", "roles"),
    *("tests", ".ansible-lint"),
}


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


# The artifact


def test_only_what_belongs_is_in_it(artifact: Path) -> None:
    files = release.contents_of(artifact)
    assert {name.partition("/")[0] for name in files} == BELONGING
    assert [name for name in files if name.startswith("tests/")] == ["tests/config.yml"]
    for folder in ("plugins", "roles", "meta", "playbooks", "extensions", "docs"):
        there = {str(path.relative_to(ROOT)) for path in layout_of(folder)}
        missing = there - files.keys()
        assert not missing, missing
    endings = {Path(name).suffix for name in files}
    assert not endings & {".pyc", ".retry", ".swp", ".gz", ".log"}


def layout_of(folder: str) -> Iterator[Path]:
    listed = subprocess.check_output(["git", "ls-files", "--", folder], cwd=ROOT, text=True)
    return (ROOT / name for name in listed.splitlines() if (ROOT / name).is_file())


def test_the_metadata_name_only_what_is_in_it(artifact: Path) -> None:
    files = release.contents_of(artifact)
    metadata = yaml.safe_load(files["meta/execution-environment.yml"])
    assert set(metadata["dependencies"].values()) <= files.keys()
    manifest = json.loads(files["MANIFEST.json"])["collection_info"]
    assert manifest["readme"] in files
    assert manifest["version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"]


def test_it_is_the_same_byte_for_byte_wherever_it_is_built(artifact: Path, tmp_path: Path) -> None:
    source = layout(tmp_path / "first")
    other = tmp_path / "elsewhere" / "ansible_collections" / "aep" / "flow_service"
    # In another order, at another time, and by a person of other habits.
    for file in sorted((path for path in source.rglob("*") if path.is_file()), reverse=True):
        target = other / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(file.read_bytes())
        target.chmod(0o700 if os.access(file, os.X_OK) else 0o600)
        os.utime(target, (1, 1))
    (tmp_path / "built").mkdir()
    assert release.build(other, tmp_path / "built").read_bytes() == artifact.read_bytes()


def test_it_can_be_installed_and_verified(artifact: Path, tmp_path: Path) -> None:
    installed = run("ansible-galaxy", "collection", "install", artifact, "-p", tmp_path, "--offline")
    assert installed.returncode == 0, installed.stderr
    verified = verify(tmp_path)
    assert "Successfully verified" in verified.stdout, verified.stdout + verified.stderr
    readme = tmp_path / "ansible_collections" / "aep" / "flow_service" / "README.md"
    readme.write_text("something else")
    altered = verify(tmp_path)
    assert "modified content" in altered.stdout + altered.stderr
    assert altered.returncode


def verify(collections: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = ("ansible-galaxy", "collection", "verify", "aep.flow_service", "--offline", "-p", collections, *options)
    return run(*command, ANSIBLE_COLLECTIONS_PATH=str(collections))


# What comes with it


def test_the_checksums_are_right(made: Path) -> None:
    checked = run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=made)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("OK") == 3


def test_the_bill_of_materials_names_what_the_collection_needs(made: Path, artifact: Path) -> None:
    (file,) = made.glob("*.cdx.json")
    bom = json.loads(file.read_text("utf-8"))
    (digest,) = bom["metadata"]["component"]["hashes"]
    assert digest["content"] == hashlib.sha256(artifact.read_bytes()).hexdigest()
    scopes: dict[str, set[str]] = {"required": set(), "optional": set()}
    for component in bom["components"]:
        (versions,) = component["properties"]
        assert versions["value"]
        scopes[component["scope"]].add(component["name"])
    named = {
        folder: {one.name for one in release.requirements(ROOT / folder / "requirements.txt")}
        for folder in (".", "extensions/emulator")
    }
    assert scopes == {"required": {"ansible-core", *named["."]}, "optional": named["extensions/emulator"]}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key in a keyring of its own."""
    # GnuPG's agent has a socket there, whose path must be short.
    with tempfile.TemporaryDirectory(prefix="gnupg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        name = "release@example.com"
        made = run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", name, "default", "sign")
        assert made.returncode == 0, made.stderr
        yield name
        run("gpgconf", "--kill", "all")


def test_a_signature_is_what_ansible_galaxy_checks(key: str, tmp_path: Path) -> None:
    made = release.make(tmp_path / "made", key)
    files = {file.name for file in made}
    assert {f"{name}.asc" for name in files if not name.endswith(".asc")} <= files
    keyring = tmp_path / "keyring.gpg"
    exported = subprocess.run(["gpg", "--export", key], capture_output=True, check=True)
    keyring.write_bytes(exported.stdout)
    installed = tmp_path / "installed"
    run("ansible-galaxy", "collection", "install", made[0], "-p", installed, "--offline")
    signature = next(file for file in made if file.name.endswith("MANIFEST.json.asc"))
    trusted = verify(installed, "--keyring", keyring, "--signature", f"file://{signature}")
    assert trusted.returncode == 0, trusted.stdout + trusted.stderr
    other = next(file for file in made if file.name == "SHA256SUMS.asc")
    refused = verify(installed, "--keyring", keyring, "--signature", f"file://{other}")
    assert refused.returncode
    assert "Signature verification failed" in refused.stdout + refused.stderr


# The way to a release


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout of its own, as it is committed after this one's changes."""
    target = tmp_path / "clone"
    source = layout(tmp_path / "layout")
    shutil.move(source, target)
    git(target, "init", "--quiet")
    commit(target)
    return target


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A change")


def add_fragment(folder: Path, section: str) -> None:
    fragment = folder / "changelogs" / "fragments" / f"{section}.yml"
    fragment.write_text(f"---\n{section}:\n  - Something of {section}.\n")
    commit(folder)


def make_release(clone: Path, version: str, output: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "tests/tools/release.py", "--version", version, "--output", output, cwd=clone)


def test_a_release_writes_its_changelog(clone: Path, tmp_path: Path) -> None:
    add_fragment(clone, "minor_changes")
    made = make_release(clone, "99.1.0", tmp_path / "made")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Something of minor_changes." in (clone / "CHANGELOG.rst").read_text("utf-8")
    assert not release.fragments(clone)
    assert '"aep.flow_service.flow_spec"' in (clone / "tests/fixtures/releases/99.1.0.json").read_text("utf-8")
    (artifact,) = (tmp_path / "made").glob("*.tar.gz")
    assert artifact.name == "aep-flow_service-99.1.0.tar.gz"
    contents = release.contents_of(artifact)
    assert b"v99.1.0" in contents["CHANGELOG.rst"]
    assert b'version = "99.1.0"' in contents["extensions/emulator/pyproject.toml"]
    # What it wrote waits to be committed; until then there is no other release.
    assert "not committed" in make_release(clone, "99.2.0", tmp_path / "again").stderr
    commit(clone)
    again = make_release(clone, "99.1.0", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again" / artifact.name).read_bytes() == artifact.read_bytes()


@pytest.mark.parametrize(
    ("released", "section", "version", "told"),
    [
        ("1.4.2", "bugfixes", "1.5", "no semantic version"),
        ("1.4.2", "bugfixes", "1.5.0-foo", "no semantic version"),
        ("1.4.2", "major_changes", "1.4.3", "new minor version"),
        ("1.4.2", "major_changes", "1.5.0", None),
        ("1.4.2", "minor_changes", "1.5.0-beta.1", None),
        ("1.4.2", "bugfixes", "1.4.1", "not above 1.4.2"),
        ("1.4.2", "bugfixes", "1.4.2", "already"),
        ("1.4.2", None, "1.4.3", "nothing to release"),
        ("1.4.2", "minor_changes", "1.4.3", "new minor version"),
        ("1.4.2", "breaking_changes", "1.5.0", "new major version"),
        ("0.4.2", "breaking_changes", "0.4.3", "new minor version"),
        ("1.4.2", "bugfixes", "1.4.3", None),
        ("1.4.2", "minor_changes", "1.5.0", None),
        ("1.4.2", "removed_features", "2.0.0", None),
        ("0.4.2", "breaking_changes", "0.5.0", None),
        ("1.4.2", None, "1.4.2", None),
    ],
)
def test_the_version_has_to_fit_the_changes(
    tmp_path: Path, released: str, section: str | None, version: str, told: str | None
) -> None:
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    (tmp_path / "changelogs" / "changelog.yaml").write_text(yaml.safe_dump({"releases": {released: {}}}))
    if section:
        (tmp_path / "changelogs" / "fragments" / "1.yml").write_text(yaml.safe_dump({section: ["It."]}))
    problem = release.refusal(version, tmp_path)
    assert problem is None if told is None else problem is not None and told in problem
