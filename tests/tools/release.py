# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a release: changelog, artifact, bill of materials, checksums, and signatures.

Everything comes from the files of the checkout alone: the same files give the same bytes, wherever and whenever they
are built. ansible-galaxy and antsibull-nox do not offer that: they write the time of the build into the artifact.
Nor does antsibull-changelog check that a version fits its changes.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import typing as t
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalContact
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.version import Version

import surface
from collection import ROOT, layout

# The sections of the changelog that take a new major version, and those that take a new minor one.
BREAKING: t.Final = {"breaking_changes", "removed_features"}
FEATURES: t.Final = {"major_changes", "minor_changes", "deprecated_features"}
_VERSION: t.Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)\.\d+)?")


def read(name: str, root: Path = ROOT) -> t.Any:
    """A YAML file of the project."""
    return yaml.safe_load((root / name).read_text(encoding="utf-8"))


# The changelog


def fragments(root: Path = ROOT) -> list[Path]:
    """The changelog fragments that wait for a release."""
    return sorted((root / "changelogs" / "fragments").glob("*.y*ml"))


def refusal(version: str, root: Path = ROOT) -> str | None:
    """Why this cannot be the version to release, if it cannot."""
    if not _VERSION.fullmatch(version):
        return f"{version} is no semantic version, such as 1.2.3"
    released = read("changelogs/changelog.yaml", root)["releases"] or {}
    waiting = fragments(root)
    if version in released:
        names = ", ".join(path.name for path in waiting)
        return f"{version} is in the changelog already, and there are changes since: {names}" if waiting else None
    latest = max(map(Version, released), default=Version("0.0.0"))
    if Version(version) <= latest:
        return f"{version} is not above {latest}, the latest release"
    if not waiting:
        return "There is no changelog fragment, so there is nothing to release"
    return _refusal_by_changes(Version(version), latest, waiting)


def _refusal_by_changes(version: Version, latest: Version, waiting: Iterable[Path]) -> str | None:
    sections = {section for path in waiting for section in yaml.safe_load(path.read_text(encoding="utf-8")) or ()}
    if latest.major and sections & BREAKING and version.major == latest.major:
        return f"{version} has breaking changes since {latest}, so it needs a new major version"
    if sections & (FEATURES | BREAKING) and version.release[:2] == latest.release[:2]:
        return f"{version} has new features since {latest}, so it needs a new minor version"
    return None


def write_changelog(version: str) -> bool:
    """Make the changelog entry of a version, and record what it offers; whether there was something to do."""
    if version in (read("changelogs/changelog.yaml")["releases"] or {}):
        return False
    subprocess.run(["antsibull-changelog", "release", "--version", version], cwd=ROOT, check=True)
    for name, line in (("galaxy.yml", "version: {}"), ("extensions/emulator/pyproject.toml", 'version = "{}"')):
        old = "^" + re.escape(line).replace(re.escape("{}"), r'[^"\n]*') + "$"
        text = (ROOT / name).read_text(encoding="utf-8")
        (ROOT / name).write_text(re.sub(old, line.format(version), text, flags=re.MULTILINE), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        layout(Path(folder))
        record = ROOT / "tests" / "fixtures" / "releases" / f"{version}.json"
        record.write_text(surface.recorded(Path(folder)), encoding="utf-8")
    return True


# The artifact


def release_day(root: Path = ROOT) -> datetime.datetime:
    """The day of the release, which is the time of everything in it."""
    release = read("changelogs/changelog.yaml", root)["releases"][read("galaxy.yml", root)["version"]]
    return datetime.datetime.combine(
        datetime.date.fromisoformat(str(release["release_date"])), datetime.time(), datetime.UTC
    )


def build(source: Path, output: Path) -> Path:
    """Build the artifact from a collection's folder; what differs from one build to the next is evened out."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["ansible-galaxy", "collection", "build", str(source), "--output-path", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (built,) = Path(folder).glob("*.tar.gz")
        artifact = output / built.name
        artifact.write_bytes(_evened_out(built, release_day(source)))
    return artifact


def _evened_out(built: Path, time: datetime.datetime) -> bytes:
    """The artifact with its entries in order, and the times of the release."""
    contents = contents_of(built)
    files = json.loads(contents["FILES.json"])
    files["files"].sort(key=lambda entry: entry["name"])
    contents["FILES.json"] = json.dumps(files, indent=True).encode()
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents["FILES.json"]).hexdigest()
    contents["MANIFEST.json"] = json.dumps(manifest, indent=True).encode()
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=9) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for entry in _entries(built):
            entry.mtime = int(time.timestamp())
            entry.pax_headers = {}
            content = contents.get(entry.name)
            entry.size = len(content or b"")
            tar.addfile(entry, None if content is None else io.BytesIO(content))
    return packed.getvalue()


def _entries(artifact: Path) -> Iterator[tarfile.TarInfo]:
    """The entries of an artifact, those that describe it first, the rest by name."""
    first = ["MANIFEST.json", "FILES.json"]
    with tarfile.open(artifact) as tar:
        members = {entry.name.rstrip("/"): entry for entry in tar}
    yield from (members[name] for name in (*first, *sorted(members.keys() - set(first))))


def contents_of(artifact: Path) -> dict[str, bytes]:
    """The files in an artifact."""
    with tarfile.open(artifact) as tar:
        return {entry.name: t.cast(t.IO[bytes], tar.extractfile(entry)).read() for entry in tar if entry.isfile()}


# The bill of materials


def bill_of_materials(artifact: Path, root: Path = ROOT) -> str:
    """Return the requirements of the collection as CycloneDX JSON, each with the range of supported versions.

    cyclonedx-py would lose most of it: it describes Python projects and pinned requirements, not a collection with its
    digest, the range of ansible-core, or packages that only the emulator needs.
    """
    galaxy = read("galaxy.yml", root)
    name, version = f"{galaxy['namespace']}.{galaxy['name']}", galaxy["version"]
    digest = hashlib.sha256(artifact.read_bytes()).hexdigest()
    collection = Component(
        type=ComponentType.LIBRARY,
        bom_ref=name,
        name=name,
        version=version,
        description=galaxy["description"],
        licenses=[LicenseExpression(" AND ".join(galaxy["license"]))],
        authors=[OrganizationalContact(name=author) for author in galaxy["authors"]],
        purl=PackageURL("generic", galaxy["namespace"], galaxy["name"], version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(galaxy["repository"]))],
    )
    ansible = Requirement(f"ansible-core{read('meta/runtime.yml', root)['requires_ansible']}")
    needed = [_package(one, ComponentScope.REQUIRED) for one in (ansible, *requirements(root / "requirements.txt"))]
    # Of what the emulator needs, nobody needs anything who does not start it.
    emulator = requirements(root / "extensions" / "emulator" / "requirements.txt")
    optional = [_package(one, ComponentScope.OPTIONAL) for one in emulator]
    bom = Bom(
        components=[*needed, *optional],
        metadata=BomMetaData(component=collection, timestamp=release_day(root)),
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{galaxy['repository']}#{digest}"),
    )
    bom.register_dependency(collection, [*needed, *optional])
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem:
        sys.exit(f"The bill of materials is not as CycloneDX wants it: {problem}")
    return text


def requirements(file: Path) -> list[Requirement]:
    """The packages that a requirements file names."""
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def _package(requirement: Requirement, scope: ComponentScope) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=requirement.name,
        name=requirement.name,
        scope=scope,
        purl=PackageURL("pypi", name=requirement.name.lower()),
        properties=[Property(name="versions", value=str(requirement.specifier))],
    )


# Checksums and signatures


def checksums(files: Iterable[Path]) -> str:
    """The SHA-256 of each file, as C(sha256sum -c) reads them."""
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(files))


def sign(file: Path, key: str) -> Path:
    """A detached, armored signature by a key of this person's GnuPG."""
    signature = file.with_name(f"{file.name}.asc")
    gpg = ["gpg", "--batch", "--yes", "--armor"]
    subprocess.run([*gpg, "--local-user", key, "--output", str(signature), "--detach-sign", str(file)], check=True)
    subprocess.run(["gpg", "--verify", str(signature), str(file)], check=True, stderr=subprocess.DEVNULL)
    return signature


def make(output: Path, key: str | None) -> list[Path]:
    """Make everything that is released, in an empty folder."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        artifact = build(layout(Path(folder)), output)
    stem = artifact.name.removesuffix(".tar.gz")
    materials = output / f"{stem}.cdx.json"
    materials.write_text(bill_of_materials(artifact), encoding="utf-8")
    # What ansible-galaxy takes a signature of.
    manifest = output / f"{stem}.MANIFEST.json"
    manifest.write_bytes(contents_of(artifact)["MANIFEST.json"])
    made = [artifact, materials, manifest]
    sums = output / "SHA256SUMS"
    sums.write_text(checksums(made), encoding="utf-8")
    made.append(sums)
    return made + [sign(file, key) for file in made if key]


def main() -> None:
    """Make a release, or with no version what a release of the files as they are would be."""
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--version", help="the version to release")
    parser.add_argument("--key", help="the GnuPG key to sign with")
    parser.add_argument("--output", type=Path, required=True, help="the folder to fill")
    options = parser.parse_args()
    if options.version:
        if subprocess.check_output(["git", "status", "--porcelain"], cwd=ROOT):
            sys.exit("There are changes that are not committed: a release is made of what is.")
        problem = refusal(options.version)
        if problem:
            sys.exit(f"{problem}.")
        if write_changelog(options.version):
            print(f"The changelog is written: review, commit, and tag it as {options.version}.")
    # What a release of before has left goes once there is a new one to be.
    shutil.rmtree(options.output, ignore_errors=True)
    for file in make(options.output, options.key):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file}")


if __name__ == "__main__":
    main()
