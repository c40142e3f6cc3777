# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of nox behind the commands of the Makefile; antsibull-nox.toml has those that antsibull-nox provides.

Each session has an environment of its own below .venv, which is reused.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import functools
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import antsibull_nox
import nox
from python_discovery import DiskCache, get_interpreter

ROOT = Path(__file__).parent
BUILD = ROOT / ".build"
TOOLS = ROOT / "tests" / "tools"
ENVIRONMENTS = ROOT / ".venv"

sys.path.insert(0, str(TOOLS))
from collection import NAMESPACE_PATH, layout  # noqa: E402 - it is found only now

# The Pythons that the oldest and the newest supported ansible-core run on.
PYTHONS = {"oldest": ">=3.11,<3.14", "newest": ">=3.12,<3.15"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AWX_COLLECTION = BUILD / "awx"

nox.needs_version = ">=2026.8"
nox.options.envdir = str(ENVIRONMENTS)
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
# uv would download Pythons from GitHub, which a closed network refuses only after half a minute.
nox.options.download_python = "never"


def clean_environment() -> None:
    """Remove settings of the developer that would change the results, and the shims of pyenv.

    nox and ansible-test take a shim for the Python of its name, although that version might be switched off.
    """
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "AEP_", "PYTHONPATH"))]:
        if name != "AEP_TEST_BROWSER":
            del os.environ[name]
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # As pip does: compiling what is installed once saves it at each start of Ansible.
    os.environ["UV_COMPILE_BYTECODE"] = "1"
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    versions = sorted(pyenv.glob("versions/3.1[1-9]*/bin"), key=lambda path: path.parts[-2].split("."), reverse=True)
    others = [entry for entry in os.environ["PATH"].split(os.pathsep) if not entry.startswith(str(pyenv))]
    os.environ["PATH"] = os.pathsep.join([*others, *map(str, versions)])


clean_environment()
antsibull_nox.load_antsibull_nox_toml()

CACHE = DiskCache(ENVIRONMENTS / "discovered")
_INTERPRETERS = {core: get_interpreter(versions, cache=CACHE) for core, versions in PYTHONS.items()}
FOUND = {core: python for core, python in _INTERPRETERS.items() if python}
# With one ansible-core only, it has to do for everything.
NEWEST, OLDEST = ("newest" if "newest" in FOUND else "oldest"), ("oldest" if "oldest" in FOUND else "newest")


def requirements(name: str) -> list[str]:
    """Return the arguments that install a requirements file of tests/tools."""
    return ["-r", str(TOOLS / f"requirements-{name}.txt")]


def create_environment(session: nox.Session, name: str, *packages: str) -> Path:
    """Create an environment besides that of the session, which nox does not offer; return its programs."""
    place = ENVIRONMENTS / name
    python = place / "bin" / "python"
    if session.venv_backend == "uv":
        uv = (sys.executable, "-m", "uv")
        session.run(*uv, "venv", "--quiet", "--allow-existing", "--python", "python", str(place), external=True)
        session.run(*uv, "pip", "install", "--quiet", "--python", str(python), *packages, external=True)
    else:
        session.run("python", "-m", "venv", str(place))
        session.run(str(python), "-m", "pip", "install", "--quiet", *packages, external=True)
    return place / "bin"


def install_system_package(session: nox.Session, package: str, *programs: str) -> str | None:
    """Return the first of the programs that is on this machine; install it where Debian's packages can be."""
    if not any(map(shutil.which, programs)) and shutil.which("apt-get") and os.geteuid() == 0:
        session.log(f"Installing the system package {package}; this is done one time")
        # Sessions run in parallel, and apt-get fails where another one runs.
        with (ENVIRONMENTS / "apt-get.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for command in (("update",), ("install", "--yes", "--no-install-recommends", package)):
                quietly = {"DEBIAN_FRONTEND": "noninteractive"}
                session.run(
                    "apt-get", "-qq", *command, env=quietly, external=True, silent=True, success_codes=range(256)
                )
    return next(filter(None, map(shutil.which, programs)), None)


def install_collection(session: nox.Session) -> Path:
    """Build and install the collection as a user would; return the folder of collections."""
    collections = BUILD / f"installed-{session.name}"
    shutil.rmtree(collections, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        source = layout(Path(folder))
        session.run("ansible-galaxy", "collection", "build", str(source), "--output-path", folder, silent=True)
        (artifact,) = Path(folder).glob("*.tar.gz")
        where = ["-p", str(collections), "--offline", "--force"]
        session.run("ansible-galaxy", "collection", "install", str(artifact), *where, silent=True)
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    return collections


def fetch_awx_collection(session: nox.Session) -> None:
    """Have the collection awx.awx, for the tests of extensions/awx.

    Galaxy cannot be reached from every network. The package ``ansible`` of PyPI contains the collection.
    """
    stamp, package = AWX_COLLECTION / "made-from", "ansible>=12,<13"
    if stamp.exists() and stamp.read_text() == package:
        return
    with tempfile.TemporaryDirectory() as folder:
        session.install("--no-deps", "--target", folder, package)
        shutil.rmtree(AWX_COLLECTION, ignore_errors=True)
        shutil.copytree(Path(folder) / "ansible_collections/awx", AWX_COLLECTION / "ansible_collections/awx")
    stamp.write_text(package)


# Tests

# Most of its time, a test waits: for what settles, for what is tried again. So two processors serve six of them.
AT_ONCE = ("-n", "6", "--dist", "worksteal", "-q")
QUICK = ("--lane", "quick", *AT_ONCE)
FULL = ("--lane", "full", "--way", "worker", *AT_ONCE)


def prepare_tests(session: nox.Session, core: str) -> Path:
    """Install all that the tests on this ansible-core need; return the folder of collections."""
    for missing in PYTHONS.keys() - FOUND.keys():
        session.warn(f"SKIPPED: the {missing} supported ansible-core, because there is no Python {PYTHONS[missing]}")
    session.install(*requirements(core))
    collections = install_collection(session)
    first, *_others = (TOOLS / f"requirements-{core}.txt").read_text(encoding="utf-8").splitlines()[1:]
    bare = create_environment(session, f"{session.name}-bare", first, *requirements("bare"))
    session.env.update(PYTHONPATH=str(collections), AEP_TEST_ANSIBLE=str(bare))
    # Processes of the tests import much of the tests and of the collection, which is compiled only once this way.
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.run(str(bare / "ansible"), "--version", external=True)
    return collections


def run_pytest(session: nox.Session, *arguments: str) -> None:
    """Run pytest, and leave the last word to its closing line."""
    logging.getLogger("nox").setLevel(logging.WARNING)
    # The path of a socket cannot be long.
    with tempfile.TemporaryDirectory(prefix="aep-") as folder:
        session.run("python", "-m", "pytest", "--basetemp", f"{folder}/tests", *arguments)


def find_browser(session: nox.Session) -> None:
    """Tell the tests of pages which Chromium to use."""
    browser = install_system_package(session, "chromium", os.environ.get("AEP_TEST_BROWSER", ""), *BROWSERS)
    session.env["AEP_TEST_BROWSER"] = browser or ""
    if not browser:
        session.warn(
            "SKIPPED: the tests of pages, because there is no Chromium: install it, or name it in AEP_TEST_BROWSER"
        )


@nox.session(python=PYTHONS[NEWEST], default=False)
def test(session: nox.Session) -> None:
    """Run the quick tests on the newest ansible-core; -- ARGUMENTS runs those that pytest is told."""
    prepare_tests(session, NEWEST)
    run_pytest(session, *(session.posargs or QUICK))


@nox.session(name="test-full-newest", python=PYTHONS[NEWEST], default=False)
def test_full_newest(session: nox.Session) -> None:
    """Run what the session test leaves out on the newest ansible-core, with tasks in the worker process."""
    prepare_tests(session, NEWEST)
    fetch_awx_collection(session)
    find_browser(session)
    run_pytest(session, *FULL)


@nox.session(name="test-full-oldest", python=PYTHONS[OLDEST], default=False)
def test_full_oldest(session: nox.Session) -> None:
    """Run all tests on the oldest ansible-core, with tasks as modules."""
    if len(FOUND) > 1:
        prepare_tests(session, OLDEST)
        fetch_awx_collection(session)
        find_browser(session)
        run_pytest(session, "--way", "module", "-m", "not any_core", *AT_ONCE)


@nox.session(name="test-devel", python=">=3.13", default=False)
def test_devel(session: nox.Session) -> None:
    """Run the quick tests on the development branch of ansible-core."""
    prepare_tests(session, "devel")
    run_pytest(session, *QUICK)


@nox.session(python=PYTHONS[NEWEST], default=False)
def soak(session: nox.Session) -> None:
    """Run the fault suite, then its races and kills over and over, by other chances each time."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=10, help="for how long (%(default)g)")
    parser.add_argument("--save", action="store_true", help="put the figures into docs/promises.md")
    options = parser.parse_args(session.posargs)
    prepare_tests(session, NEWEST)
    figures = BUILD / "soak.json"
    figures.unlink(missing_ok=True)
    end, seed, rounds = time.monotonic() + 60 * options.minutes, random.randrange(10**6), 0
    suites = ["tests/faults"]
    while not rounds or time.monotonic() < end:
        arguments = ["-n", "2", "-q", "--seed", str(seed + rounds), "--figures", str(figures)]
        run_pytest(session, *arguments, *suites)
        again = ("shared_specs", "created_once", "killed", "accounts", "dataflow_faults", "dataflow_promises", "runs")
        suites = [f"tests/faults/test_{name}.py" for name in again]
        rounds += 1
    counts: dict[str, int] = json.loads(figures.read_text(encoding="utf-8"))
    table = [f"| {name} | {count:,} |" for name, count in sorted(counts.items())]
    about = f"On {datetime.date.today()}, {rounds} rounds of `make soak` in {options.minutes:g} minutes:"
    text = "\n".join([about, "", "| | |", "| --- | ---: |", *table])
    print(text)
    if options.save:
        save_results("promises.md", text)


def save_results(page_name: str, results: str) -> None:
    """Replace the latest results in a page of the documentation."""
    begin, end = "<!-- latest results -->", "<!-- end of latest results -->"
    page = ROOT / "docs" / page_name
    before, _begin, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{results.strip()}\n\n{end}{after}", encoding="utf-8")


# Checks


@nox.session(name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Run ansible-lint on everything; that of antsibull-nox could not find awx.awx, which extensions/awx uses."""
    session.install(*requirements("lint"))
    fetch_awx_collection(session)
    with tempfile.TemporaryDirectory() as folder:
        here = layout(Path(folder))
        session.env["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join([folder, str(AWX_COLLECTION)])
        with session.chdir(here):
            session.run("ansible-lint", "--offline", "--strict")
            # By their names, because ansible-lint looks at the names of folders only.
            files = sorted(str(file.relative_to(here)) for file in (here / "extensions" / "awx").rglob("*.yml"))
            session.run("ansible-lint", "--offline", "--strict", "-c", "tests/tools/ansible-lint-awx.yml", *files)


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy for each folder that imports start from; antsibull-nox knows only that of the collections."""
    session.install(*requirements("lint"))
    collections = BUILD / "layout-types"
    here = layout(collections)
    tests = [path for path in sorted((here / "tests").iterdir()) if path.name != "fixtures" and any(path.rglob("*.py"))]
    shared = [here / "tests" / "support", here / "tests" / "tools", here / "extensions" / "emulator", collections]
    targets = {
        collections: str(NAMESPACE_PATH / "plugins"),
        here / "extensions" / "emulator": "aep_emulator",
        here / "extensions" / "hooks": ".",
        here: "noxfile.py",
        **dict.fromkeys(tests, "."),
    }
    for start, target in targets.items():
        session.env["MYPYPATH"] = os.pathsep.join(map(str, [start, *shared]))
        with session.chdir(start):
            session.run("mypy", "--config-file", str(here / "pyproject.toml"), target)


@nox.session
def files(session: nox.Session) -> None:
    """Check the generated text, the changelog, the workflows, and the links between Markdown files."""
    session.install(*requirements("lint"))
    session.run("python", str(TOOLS / "generate.py"), "--check")
    session.run("antsibull-changelog", "lint")
    session.run("actionlint")
    session.run("zizmor", "--offline", "--pedantic", ".github")
    pages = ("*.md", "docs/**/*.md", "extensions/**/*.md", "roles/*/*.md", ".github/**/*.md")
    check_links(session, *(str(page) for pattern in pages for page in sorted(ROOT.glob(pattern))))


def check_links(session: nox.Session, *places: str) -> None:
    """Check the links to files and headings; a closed network cannot check others."""
    session.run("lychee", "--offline", "--include-fragments", "--no-progress", *places)


def help_ansible_test(name: str) -> None:
    """Let ansible-test use the pip of Python, where it cannot download pip for its own environments."""
    probe = (
        "from ansible_test._internal import python_requirements as p\n"
        "from ansible_test._util.target.setup import requirements as r\n"
        "import inspect, re, sys, types\n"
        "python = types.SimpleNamespace(version='{}.{}'.format(*sys.version_info))\n"
        "print(re.search(r\"https://[^']*\", inspect.getsource(r.bootstrap))[0] % p.get_venv_packages(python)['pip'])"
    )
    python = str(ENVIRONMENTS / name / "bin" / "python")
    url = subprocess.check_output([python, "-c", probe], text=True).strip()
    version = url.removesuffix(".py").rsplit("-", 1)[-1].replace(".", "_")
    cached = Path(f"~/.ansible/test/cache/get_pip_{version}.py").expanduser()
    try:
        if not cached.exists():
            urllib.request.urlopen(url, timeout=10).close()
    except OSError:
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_text("import ensurepip\n\nensurepip.bootstrap(default_pip=True)\n", encoding="utf-8")


def add_sanity_session(core: str, version: str, python: str) -> None:
    """Add a session for ansible-test sanity; those of antsibull-nox need containers, which are not everywhere."""
    antsibull_nox.add_ansible_test_session(
        name=f"sanity-{core}",
        description=f"Run ansible-test sanity of ansible-core {version}",
        # Without --python, it creates environments for all Pythons of the machine.
        ansible_test_params=["sanity", "--local", "--python", python, "--color", "no"],
        default=False,
        ansible_core_version=version,
        ansible_core_source="pypi",
        callback_before=functools.partial(help_ansible_test, f"sanity-{core}"),
        # antsibull-nox copies tests/output with its directories from the bottom up, and fails on nested ones.
        callback_after=functools.partial(shutil.rmtree, "tests/output/.tmp", ignore_errors=True),
    )


for _core, _version in {"oldest": "2.19", "newest": "2.21", "devel": "devel"}.items():
    _python = FOUND.get(_core, FOUND[NEWEST])
    add_sanity_session(_core, _version, "{}.{}".format(*_python.version_info))


@nox.session(default=False, requires=[f"sanity-{core}" for core in FOUND])
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity of the oldest and the newest ansible-core that this machine has a Python for."""


@nox.session(default=False)
def generate(session: nox.Session) -> None:
    """Write the text that follows from the modules, the kinds, and the checks."""
    session.install(*requirements("demo"))
    session.run("python", str(TOOLS / "generate.py"))


# What is published


@nox.session(default=False)
def package(session: nox.Session) -> None:
    """Make what a release of the checkout would be, and test it: artifact, signatures, execution environment."""
    if not install_system_package(session, "gnupg", "gpg"):
        session.error("GnuPG is needed to check that signatures are right: install it.")
    make_release(session, BUILD / "package")
    # ansible-builder creates the context of the execution environment, and tests look at it. The session ee-check of
    # antsibull-nox builds the image, which needs a container engine and a registry of images.
    session.run("python", "-m", "pytest", "-q", "--confcutdir", "tests/release", "tests/release")


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Make a release: -- --version 1.2.3 --key KEY."""
    parser = argparse.ArgumentParser(prog="make release VERSION=1.2.3 KEY=...", add_help=False)
    parser.add_argument("--version")
    parser.add_argument("--key")
    options = parser.parse_args(session.posargs)
    if not options.version:
        session.error("Which version? make release VERSION=1.2.3, and KEY=... to sign it with that key of GnuPG")
    if not options.key:
        session.warn("NOT SIGNED: no KEY is given")
    make_release(
        session, BUILD / "release", "--version", options.version, *(["--key", options.key] if options.key else [])
    )


def make_release(session: nox.Session, folder: Path, *options: str) -> None:
    """Fill a folder with a release, and have the artifact checked as Galaxy does.

    The session build-import-check of antsibull-nox builds an artifact of its own, and lets warnings pass.
    """
    session.install(*requirements("release"))
    session.run("python", str(TOOLS / "release.py"), "--output", str(folder), *options)
    (artifact,) = folder.glob("*.tar.gz")
    importer = create_environment(session, "importer", *requirements("importer"))
    environment = {
        "PATH": os.pathsep.join([str(importer), os.environ["PATH"]]),
        "GALAXY_IMPORTER_CONFIG": str(TOOLS / "galaxy-importer.cfg"),
    }
    with tempfile.TemporaryDirectory() as scratch, session.chdir(scratch):
        command = [str(importer / "python"), "-m", "galaxy_importer.main", str(artifact)]
        output = session.run(*command, env=environment, external=True, silent=True) or ""
    complaints = [line for line in output.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if complaints or "completed successfully" not in output:
        session.error("\n".join(complaints) or output)


@nox.session(default=False)
def publish(session: nox.Session) -> None:
    """Publish the release in .build/release to Galaxy, with the token in ~/.ansible/galaxy_token."""
    session.install(*requirements("release"))
    (artifact,) = (BUILD / "release").glob("*.tar.gz")
    session.run("ansible-galaxy", "collection", "publish", str(artifact))


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation site, and check its links and looks."""
    session.install(*requirements("docs"))
    find_browser(session)
    install_collection(session)
    source, site = BUILD / "docs-source", BUILD / "docs"
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(site, ignore_errors=True)
    # The pages as they are in the repository, with the reference beside them.
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(layout(Path(folder)), source)
    reference = source / "reference"
    reference.mkdir()
    options = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version"]
    session.run("antsibull-docs", "collection", *options, "--dest-dir", str(reference), "aep.flow_service")
    settings = ["-q", "-W", "--keep-going", "-c", str(source / "docs" / "docsite"), "-d", f"{source}/.doctrees"]
    session.run("sphinx-build", *settings, str(source), str(site))
    check_links(session, str(site))
    session.run("python", "-m", "pytest", "-q", "tests/docs", "--site", str(site))
    session.log(f"The site is in {site.relative_to(ROOT)}/docs/index.html")


# To try and to measure


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Play the main job on an emulator."""
    session.install(*requirements("demo"))
    install_collection(session)
    session.env.update(
        PYTHONPATH=str(ROOT / "extensions" / "emulator"),
        AEP_DEMO_DEFINITION="playbooks/files/acme-crm.yml",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        XDG_CACHE_HOME=str(BUILD / "demo-cache"),
    )
    session.run("python", "-m", "aep_emulator", "run", "--", "bash", str(TOOLS / "demo.sh"))


@nox.session(default=False)
def emulator(session: nox.Session) -> None:
    """Start the emulator: -- ARGUMENTS."""
    session.install(*requirements("demo"))
    session.run(
        "python", "-m", "aep_emulator", *session.posargs, env={"PYTHONPATH": str(ROOT / "extensions" / "emulator")}
    )


@nox.session(python=PYTHONS[NEWEST], default=False)
@nox.parametrize("what", ["bench", "scale"], ids=["bench", "scale"])
def measure(session: nox.Session, what: str) -> None:
    """Measure speed, or a job over many sandboxes: -- --save puts the results into docs."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--save", action="store_true")
    options, others = parser.parse_known_args(session.posargs)
    session.install(*requirements(NEWEST))
    install_collection(session)
    name = {"bench": "benchmark", "scale": "scale"}[what]
    folder, results = ROOT / "tests" / "benchmark", BUILD / name
    session.env["PYTHONPATH"] = os.pathsep.join(
        str(ROOT / "tests" / part) for part in ("benchmark", "support", "tools")
    )
    session.run("python", str(folder / f"{what}.py"), "--output", str(results), *others)
    if options.save:
        save_results(f"{name}.md", (results / f"{name}.md").read_text(encoding="utf-8"))
