# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands behind the Makefile. Needs nothing but the standard library of Python 3.11 or newer."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import functools
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tests" / "tools"
ENVIRONMENTS = ROOT / ".venv"
BUILD = ROOT / ".build"
NAMESPACE_PATH = Path("ansible_collections/aep/flow_service")


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


class Environment:
    """A virtual environment below .venv, made and filled when it is first needed."""

    def __init__(self, profile: Profile, python: str, version: tuple[int, int]) -> None:
        self.profile = profile
        self.path = ENVIRONMENTS / profile.name
        self.python_version = "{}.{}".format(*version)
        self._make(python)
        self.core = self.output(
            "python", "-c", "import importlib.metadata as m; print(m.version('ansible-core'))"
        ).strip()

    def __str__(self) -> str:
        return f"ansible-core {self.core} on Python {self.python_version}"

    def _make(self, python: str) -> None:
        files = requirement_files(TOOLS / f"requirements-{self.profile.name}.txt")
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
            if name != "AEP_TEST_BROWSER":
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
    return Environment(profile, fitting[version], version)


def needed_environment(*profiles: Profile) -> Environment:
    """The environment for the first profile that this machine has a Python for."""
    for profile in profiles:
        found = environment(profile)
        if found:
            return found
    sys.exit("There is no Python for this: install Python 3.11 or newer, with its venv module.")


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


def source_files() -> Iterable[Path]:
    """The files that belong to the project, relative to its root."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    except (OSError, subprocess.CalledProcessError):
        sys.exit("The list of files comes from git: run this in a git checkout.")
    return (Path(name) for name in names if name and (ROOT / name).is_file())


def layout(collections: Path) -> Path:
    """Copy the project to where Ansible's tools want a collection to be, below C(collections); return its folder."""
    target = collections / NAMESPACE_PATH
    shutil.rmtree(target, ignore_errors=True)
    for file in source_files():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target / file)
    return target


def install(env: Environment) -> Path:
    """Build the collection and install it, as a user would; return the folder of the collections."""
    collections = BUILD / f"installed-{env.profile.name}"
    shutil.rmtree(collections, ignore_errors=True)
    artifacts = BUILD / f"artifact-{env.profile.name}"
    shutil.rmtree(artifacts, ignore_errors=True)
    source = layout(BUILD / "layout")
    quiet = functools.partial(
        subprocess.run, cwd=ROOT, env=env.variables(collections), check=True, stdout=subprocess.DEVNULL
    )
    galaxy = env.tool("ansible-galaxy")
    quiet([galaxy, "collection", "build", str(source), "--output-path", str(artifacts)])
    artifact = next(artifacts.glob("*.tar.gz"))
    quiet([galaxy, "collection", "install", str(artifact), "-p", str(collections), "--offline", "--force"])
    return collections


def look_for_a_browser() -> None:
    """Have a Chromium for the tests of the HTML report: where Debian's packages can be installed, install it."""
    browsers = (os.environ.get("AEP_TEST_BROWSER"), "chromium", "chromium-browser", "google-chrome")
    if any(shutil.which(browser) for browser in browsers if browser):
        return
    apt_get = shutil.which("apt-get")
    if apt_get and os.geteuid() == 0:
        say("Installing Chromium for the tests of the HTML report; this is done once")
        quiet = functools.partial(subprocess.run, stdout=subprocess.DEVNULL, check=False)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet([apt_get, "-qq", "update"], env=environment)
        quiet([apt_get, "-qq", "install", "--yes", "--no-install-recommends", "chromium"], env=environment)
    if not shutil.which("chromium"):
        say("SKIPPED: the tests of the HTML report, for want of Chromium: install it, or name it in AEP_TEST_BROWSER")


def test(arguments: list[str]) -> None:
    """Run the tests in each environment."""
    look_for_a_browser()
    environments = test_environments()
    for env in environments:
        collections = install(env)
        say(f"Tests on {env}")
        run_pytest(env, collections, *(arguments or ["-n", "2", "-q"]))


def run_pytest(env: Environment, collections: Path, *arguments: str) -> None:
    """Run pytest on the installed collection."""
    env.run("python", "-m", "pytest", *arguments, collections=collections, PYTHONPATH=str(collections))


def soak(arguments: list[str]) -> None:
    """Run the fault suite once, then its races and kills over and over for some minutes, by other chances each time."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=10, help="for how long (%(default)g)")
    parser.add_argument("--save", action="store_true", help="put the figures into docs/promises.md")
    options = parser.parse_args(arguments)
    env = needed_environment(NEWEST, OLDEST)
    collections = install(env)
    figures = BUILD / "soak.json"
    figures.unlink(missing_ok=True)
    end = time.monotonic() + 60 * options.minutes
    seed = random.randrange(10**6)
    suites = ["tests/faults"]
    rounds = 0
    while not rounds or time.monotonic() < end:
        say(f"Round {rounds + 1} on {env}, with --seed {seed + rounds}")
        run_pytest(env, collections, "-n", "2", "-q", "--seed", str(seed + rounds), "--figures", str(figures), *suites)
        suites = [f"tests/faults/test_{name}.py" for name in ("shared_specs", "created_once", "killed")]
        rounds += 1
    counts: dict[str, int] = json.loads(figures.read_text())
    table = [f"| {name} | {count:,} |" for name, count in sorted(counts.items())]
    today = datetime.date.today().isoformat()
    about = f"On {today}, {rounds} rounds of `make soak` in {options.minutes:g} minutes, with {env}:"
    text = "\n".join([about, "", "| | |", "| --- | ---: |", *table])
    print(text)
    if options.save:
        put_into("promises.md", text)


def put_into(page_name: str, results: str) -> None:
    """Put results into a page of the documentation, in place of the latest ones."""
    begin, end = "<!-- latest results -->", "<!-- end of latest results -->"
    page = ROOT / "docs" / page_name
    before, _begin, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{results.strip()}\n\n{end}{after}", encoding="utf-8")


def lint(_arguments: list[str]) -> None:
    """Run the linters and type checks."""
    env = needed_environment(LINT)
    collections = BUILD / "layout"
    here = layout(collections)
    steps: list[tuple[str, ...]] = [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("yamllint", "--strict", "."),
        ("antsibull-changelog", "lint"),
        ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."),
        ("ansible-lint", "--profile", "production", "--offline", "--strict"),
    ]
    for step in steps:
        say(" ".join(step))
        env.run(*step, cwd=here, collections=collections)
    # By the folder that their imports start from.
    mypy_targets = {
        collections: [str(NAMESPACE_PATH / "plugins")],
        here / "extensions" / "emulator": ["aep_emulator"],
        here / "tests" / "support": ["."],
        here / "tests" / "integration": ["."],
        here / "tests" / "faults": ["."],
        here / "tests" / "benchmark": ["."],
        here / "tests" / "unit": ["."],
        here / "tests" / "tools": ["."],
    }
    for folder, targets in mypy_targets.items():
        say(f"mypy --strict, {folder.relative_to(collections)}")
        path = os.pathsep.join(map(str, (folder, here / "tests" / "support", collections)))
        env.run("mypy", "--config-file", str(here / "pyproject.toml"), *targets, cwd=folder, MYPYPATH=path)
    say("All linters passed")


def sanity(_arguments: list[str]) -> None:
    """Run ansible-test sanity in each environment."""
    for env in test_environments():
        say(f"ansible-test sanity on {env}")
        make_pip_bootstrap(env)
        # Not below the checkout: ansible-test would ask its git, which ignores the build folder.
        with tempfile.TemporaryDirectory() as folder:
            here = layout(Path(folder))
            if list(here.glob("tests/sanity/ignore*")):
                sys.exit("There is a file of ignored sanity errors, and there must be none.")
            command = ["ansible-test", "sanity", "--local", "--python", env.python_version, "--color", "no"]
            run([env.tool(command[0]), *command[1:]], cwd=here, env=env.variables())
            count = len(env.output(*command, "--list-tests", cwd=here).split())
            if not count:
                sys.exit("No sanity test was run.")
            say(f"{count} sanity tests passed on {env}")


def make_pip_bootstrap(env: Environment) -> None:
    """Help ansible-test where it cannot download pip for its own environments: Python brings one along."""
    probe = (
        "from ansible_test._internal import python_requirements as p, util\n"
        "from ansible_test._util.target.setup import requirements as r\n"
        "import inspect, re, types\n"
        f"python = types.SimpleNamespace(version={env.python_version!r})\n"
        "print(re.search(r\"https://[^']*\", inspect.getsource(r.bootstrap))[0] % p.get_venv_packages(python)['pip'])"
    )
    url = env.output("python", "-c", probe).strip()
    version = url.removesuffix(".py").rsplit("-", 1)[-1].replace(".", "_")
    cached = Path(f"~/.ansible/test/cache/get_pip_{version}.py").expanduser()
    if cached.exists():
        return
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            answer.read(1)
    except OSError:
        say(f"{url} cannot be reached: ansible-test gets the pip that comes with Python {env.python_version} instead")
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_text("import ensurepip\n\nensurepip.bootstrap(default_pip=True)\n")


def demo(_arguments: list[str]) -> None:
    """Play the main job on an emulator."""
    env = needed_environment(DEMO)
    collections = install(env)
    variables = {
        **env.variables(collections),
        "PYTHONPATH": str(ROOT / "extensions" / "emulator"),
        "AEP_DEMO_DEFINITION": "playbooks/files/acme-crm.yml",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "XDG_CACHE_HOME": str(BUILD / "demo-cache"),
    }
    run([env.tool("python"), "-m", "aep_emulator", "run", "--", "bash", str(TOOLS / "demo.sh")], env=variables)


def bench(arguments: list[str]) -> None:
    """Run the benchmark, on the newest ansible-core that this machine can have."""
    parser = argparse.ArgumentParser(prog="make bench", add_help=False)
    parser.add_argument("--save", action="store_true")
    options, others = parser.parse_known_args(arguments)
    env = needed_environment(NEWEST, OLDEST)
    collections = install(env)
    say(f"Benchmark on {env}; --save puts what it measures into docs/")
    program, report = ROOT / "tests" / "benchmark" / "bench.py", BUILD / "benchmark"
    path = os.pathsep.join(str(ROOT / "tests" / name) for name in ("benchmark", "support"))
    env.run("python", str(program), "--output", str(report), *others, collections=collections, PYTHONPATH=path)
    if options.save:
        put_into("benchmark.md", (report / "benchmark.md").read_text(encoding="utf-8"))
        shutil.copy(report / "benchmark.json", ROOT / "docs" / "benchmark.json")


def emulator(arguments: list[str]) -> None:
    """Start the emulator."""
    env = needed_environment(DEMO)
    variables = {**env.variables(), "PYTHONPATH": str(ROOT / "extensions" / "emulator")}
    python = env.tool("python")
    os.execve(python, [python, "-m", "aep_emulator", *arguments], variables)


COMMANDS = {function.__name__: function for function in (bench, demo, emulator, lint, sanity, soak, test)}


def main() -> None:
    """Run the command that the Makefile names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this is what tells it
        sys.exit(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}: make PYTHON=python3.11 ...")
    COMMANDS[options.command](options.arguments)


if __name__ == "__main__":
    main()
