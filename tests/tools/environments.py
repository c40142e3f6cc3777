# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments below .venv. Needs nothing but the standard library of Python 3.11 or newer."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import typing
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tests" / "tools"
ENVIRONMENTS = ROOT / ".venv"
BUILD = ROOT / ".build"
NAMESPACE_PATH = Path("ansible_collections/aep/flow_service")
# Names the Chromium to test pages with.
BROWSER_VARIABLE = "AEP_TEST_BROWSER"


@dataclasses.dataclass(frozen=True)
class Profile:
    """An environment: the requirements file of its name, and the range of Python versions it takes."""

    name: str
    lowest: tuple[int, int]
    highest: tuple[int, int]
    prefer_newest: bool = True


# ansible-core 2.19 takes Python 3.11 to 3.13, 2.21 takes 3.12 to 3.14.
OLDEST = Profile("oldest", (3, 11), (3, 13), prefer_newest=False)
NEWEST = Profile("newest", (3, 12), (3, 14))
LINT = Profile("lint", (3, 11), (3, 14))
DEMO = Profile("demo", (3, 11), (3, 14), prefer_newest=False)
DOCS = Profile("docs", (3, 11), (3, 14))
RELEASE = Profile("release", (3, 11), (3, 14))
# It pins what others need newer, so it has an environment of its own.
IMPORTER = Profile("importer", (3, 11), (3, 13))


class Interpreter(typing.NamedTuple):
    """A Python of this machine."""

    path: str
    version: tuple[int, int]


class Environment:
    """A virtual environment below .venv, made and filled when it is first needed."""

    def __init__(self, name: str, requirements: Path, interpreter: Interpreter) -> None:
        self.name = name
        self.path = ENVIRONMENTS / name
        self.interpreter = interpreter
        self.python_version = "{}.{}".format(*interpreter.version)
        self._make(requirement_files(requirements))

    def __str__(self) -> str:
        return f"ansible-core {self.core} on Python {self.python_version}"

    @functools.cached_property
    def core(self) -> str:
        """The version of ansible-core in it."""
        return self.output("python", "-c", "import importlib.metadata as m; print(m.version('ansible-core'))").strip()

    def _make(self, files: list[Path]) -> None:
        python = self.interpreter.path
        wanted = hashlib.sha256(python.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()
        stamp = self.path / "made-from"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say(
            f"Making the environment {self.path.relative_to(ROOT)} with Python {self.python_version}; this is done once"
        )
        shutil.rmtree(self.path, ignore_errors=True)
        run([python, "-m", "venv", str(self.path)])
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement", str(files[0])]
        # pip warns of every local index that lacks a package; what matters is its exit status.
        result = subprocess.run(
            [self.tool("python"), "-m", "pip", *install], stderr=subprocess.PIPE, text=True, check=False
        )
        if result.returncode:
            sys.exit(
                f"{result.stderr}\nThe packages of {files[0].relative_to(ROOT)} could not be installed, see above."
            )
        stamp.write_text(wanted)

    def tool(self, name: str) -> str:
        """The path of a program of this environment."""
        return str(self.path / "bin" / name)

    def variables(self, collections: Path | None = None) -> dict[str, str]:
        """The environment variables for programs of this environment."""
        variables = {
            **os.environ,
            "PATH": f"{self.path / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
            "VIRTUAL_ENV": str(self.path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        # Settings of the person who runs this must not decide what is tested.
        for name in [name for name in variables if name.startswith(("ANSIBLE_", "AEP_", "PYTHONPATH"))]:
            if name != BROWSER_VARIABLE:
                del variables[name]
        if collections:
            variables["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
        return variables

    def run(
        self, program: str, *arguments: str, cwd: Path = ROOT, collections: Path | None = None, **extra: str
    ) -> None:
        """Run a program of this environment; end with its exit status if it fails."""
        run([self.tool(program), *arguments], cwd=cwd, env={**self.variables(collections), **extra})

    def output(self, program: str, *arguments: str, cwd: Path = ROOT) -> str:
        """What a program of this environment prints."""
        return subprocess.check_output([self.tool(program), *arguments], text=True, cwd=cwd, env=self.variables())


def say(text: str) -> None:
    """Tell the person what goes on."""
    print(f"==> {text}", flush=True)


def run(command: list[str], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a command; end with its exit status if it fails."""
    status = subprocess.run(command, cwd=cwd, env=env, check=False).returncode
    if status:
        say(f"{' '.join([Path(command[0]).name, *command[1:]])} ended with status {status}")
        sys.exit(status)


def requirement_files(file: Path) -> list[Path]:
    """A requirements file and those that it includes."""
    found = [file]
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            found += requirement_files((file.parent / line[3:].strip()).resolve())
    return found


@functools.cache
def interpreters() -> dict[tuple[int, int], str]:
    """The Python interpreters of this machine that work, by version."""
    names = ["python3", *(f"python3.{minor}" for minor in range(11, 20))]
    on_path = filter(None, map(shutil.which, names))
    of_pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/*/bin/python3")
    probe = "import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1])"
    found: dict[tuple[int, int], str] = {}
    for python in [sys.executable, *on_path, *map(str, sorted(of_pyenv))]:
        # A shim may stand for a version that is not there.
        result = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
        if result.returncode == 0:
            major, minor = map(int, result.stdout.split())
            found.setdefault((major, minor), python)
    return found


def environment(profile: Profile) -> Environment | None:
    """The environment for a profile, or None where this machine has no Python for it."""
    fitting = {
        version: python for version, python in interpreters().items() if profile.lowest <= version <= profile.highest
    }
    if not fitting:
        return None
    version = max(fitting) if profile.prefer_newest else min(fitting)
    requirements = TOOLS / f"requirements-{profile.name}.txt"
    return Environment(profile.name, requirements, Interpreter(fitting[version], version))


def needed_environment(*profiles: Profile) -> Environment:
    """The environment for the first profile that this machine has a Python for."""
    for profile in profiles:
        found = environment(profile)
        if found:
            return found
    wanted = sorted({".".join(map(str, version)) for one in profiles for version in (one.lowest, one.highest)})
    sys.exit(f"There is no Python for this: install one from {wanted[0]} to {wanted[-1]}, with its venv module.")


def test_environments() -> list[Environment]:
    """The environments to test in: the oldest supported ansible-core, and the newest where there is a Python for it."""
    oldest, newest = environment(OLDEST), environment(NEWEST)
    found = [each for each in (oldest, newest) if each]
    if not found:
        sys.exit("There is no Python to test with: install Python 3.11 or newer, with its venv module.")
    if not oldest:
        say("SKIPPED: the oldest supported ansible-core, 2.19, since there is no Python 3.11, 3.12 or 3.13")
    if not newest:
        say("SKIPPED: the newest supported ansible-core, since there is no Python 3.12 or newer")
    return found
