# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands behind the Makefile. Needs nothing but the standard library of Python 3.11 or newer."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import awx_collection

import docs_site
from collection import install, layout
from environments import (
    BROWSER_VARIABLE,
    BUILD,
    DEMO,
    DOCS,
    IMPORTER,
    LINT,
    NAMESPACE_PATH,
    NEWEST,
    OLDEST,
    RELEASE,
    ROOT,
    TOOLS,
    Environment,
    needed_environment,
    run,
    say,
    test_environments,
)
from machine import BROWSERS, has_program


def look_for_a_browser() -> None:
    """Have a Chromium for the tests of pages."""
    if not has_program("chromium", [os.environ.get(BROWSER_VARIABLE) or "", *BROWSERS]):
        say(f"SKIPPED: the tests of pages, for want of Chromium: install it, or name it in {BROWSER_VARIABLE}")


def test(arguments: list[str]) -> None:
    """Run the tests in each environment."""
    look_for_a_browser()
    environments = test_environments()
    awx_collection.fetch(environments[0].tool("python"))
    for env in environments:
        collections = install(env)
        # Every fault is tested both ways; with two versions of ansible-core to test on, each has one.
        ways = ["--way", "module" if env is environments[0] else "worker"] if len(environments) > 1 else []
        run_pytest(env, bare_environment(env, collections), collections, *(arguments or ["-n", "2", "-q", *ways]))


def run_pytest(env: Environment, bare: Environment, collections: Path, *arguments: str) -> None:
    """Run pytest on the installed collection; Ansible is that of an environment with nothing else in it."""
    say(f"Tests on {bare}")
    # A short path: there are sockets below it, whose paths may not be long.
    with tempfile.TemporaryDirectory(prefix="aep-") as folder:
        env.run(
            *("python", "-m", "pytest", "--basetemp", str(Path(folder) / "tests"), *arguments),
            collections=collections,
            PYTHONPATH=str(collections),
            AEP_TEST_ANSIBLE=str(bare.path / "bin"),
        )


def bare_environment(env: Environment, collections: Path) -> Environment:
    """What an execution environment has: ansible-core, ansible-runner, and what the metadata of the collection name."""
    found = BUILD / f"introspected-{env.name}.txt"
    found.unlink(missing_ok=True)
    introspect = ["introspect", str(collections), "--write-pip", str(found)]
    needed_environment(RELEASE).output("ansible-builder", *introspect)
    if not found.exists():
        sys.exit("ansible-builder finds no requirement in the metadata of the collection.")
    requirements = BUILD / f"requirements-{env.name}-bare.txt"
    runner = env.output("python", "-c", "import importlib.metadata as m; print(m.version('ansible-runner'))").strip()
    lines = (f"ansible-core=={env.core}", f"ansible-runner=={runner}", found.read_text(encoding="utf-8"))
    requirements.write_text("\n".join(lines), encoding="utf-8")
    return Environment(f"{env.name}-bare", requirements, env.interpreter)


def soak(arguments: list[str]) -> None:
    """Run the fault suite once, then its races and kills over and over for some minutes, by other chances each time."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=10, help="for how long (%(default)g)")
    parser.add_argument("--save", action="store_true", help="put the figures into docs/promises.md")
    options = parser.parse_args(arguments)
    env = needed_environment(NEWEST, OLDEST)
    collections = install(env)
    bare = bare_environment(env, collections)
    figures = BUILD / "soak.json"
    figures.unlink(missing_ok=True)
    end = time.monotonic() + 60 * options.minutes
    seed = random.randrange(10**6)
    suites = ["tests/faults"]
    rounds = 0
    while not rounds or time.monotonic() < end:
        say(f"Round {rounds + 1} on {env}, with --seed {seed + rounds}")
        run_pytest(
            env, bare, collections, "-n", "2", "-q", "--seed", str(seed + rounds), "--figures", str(figures), *suites
        )
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
        ("ansible-lint", "--offline", "--strict"),
    ]
    if awx_collection.fetch(env.tool("python")):
        # Each by its name: of a folder, ansible-lint looks at the folder.
        files = sorted(str(file.relative_to(here)) for file in (here / "extensions" / "awx").rglob("*.yml"))
        settings = "tests/tools/ansible-lint-awx.yml"
        steps.append(("ansible-lint", "--offline", "--strict", "-c", settings, *files))
    path = os.pathsep.join(map(str, (collections, awx_collection.COLLECTIONS)))
    for step in steps:
        say(" ".join(step))
        env.run(*step, cwd=here, ANSIBLE_COLLECTIONS_PATH=path)
    # By the folder that their imports start from.
    mypy_targets = {
        collections: [str(NAMESPACE_PATH / "plugins")],
        here / "extensions" / "emulator": ["aep_emulator"],
        here / "tests" / "support": ["."],
        here / "tests" / "integration": ["."],
        here / "tests" / "faults": ["."],
        here / "tests" / "benchmark": ["."],
        here / "tests" / "unit": ["."],
        here / "tests" / "docs": ["."],
        here / "tests" / "release": ["."],
        here / "tests" / "tools": ["."],
    }
    shared = (here / "tests" / "support", here / "tests" / "tools", here / "extensions" / "emulator", collections)
    for folder, targets in mypy_targets.items():
        say(f"mypy --strict, {folder.relative_to(collections)}")
        path = os.pathsep.join(map(str, (folder, *shared)))
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
    _measure("bench.py", "benchmark", arguments)


def scale(arguments: list[str]) -> None:
    """Measure a job over many sandboxes, by the number of runners that share it."""
    _measure("scale.py", "scale", arguments)


def _measure(program: str, name: str, arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=f"make {name}", add_help=False)
    parser.add_argument("--save", action="store_true")
    options, others = parser.parse_known_args(arguments)
    env = needed_environment(NEWEST, OLDEST)
    collections = install(env)
    say(f"{program} on {env}; --save puts what it measures into docs/")
    folder, results = ROOT / "tests" / "benchmark", BUILD / name
    path = os.pathsep.join(str(ROOT / "tests" / part) for part in ("benchmark", "support", "tools"))
    command = ("python", str(folder / program), "--output", str(results), *others)
    env.run(*command, collections=collections, PYTHONPATH=path)
    if options.save:
        put_into(f"{name}.md", (results / f"{name}.md").read_text(encoding="utf-8"))
        shutil.copy(results / f"{name}.json", ROOT / "docs" / f"{name}.json")


def package(_arguments: list[str]) -> None:
    """Make what a release of the checkout would be, and check it, also as Galaxy does."""
    if not has_program("gnupg", ["gpg"]):
        sys.exit("GnuPG is needed to check that signatures are right: install it.")
    made = _make_release(BUILD / "package", [])
    say("Tests of the artifact and of the context of the execution environment")
    here = TOOLS.parent / "release"
    needed_environment(RELEASE).run("python", "-m", "pytest", "-q", "--confcutdir", str(here), str(here))
    say(f"{made.name} is fit for Galaxy")


def docs(_arguments: list[str]) -> None:
    """Build the documentation site, and look at it."""
    look_for_a_browser()
    env = needed_environment(DOCS)
    collections = install(env)
    site = BUILD / "docs"
    docs_site.build(env, collections, site)
    look = ("-m", "pytest", "-q", "tests/docs", "--site", str(site))
    env.run("python", *look, collections=collections, PYTHONPATH=str(collections))
    say(f"The site is in {site.relative_to(ROOT)}/index.html")


def release(arguments: list[str]) -> None:
    """Make a release."""
    parser = argparse.ArgumentParser(prog="make release VERSION=1.2.3 KEY=...", add_help=False)
    parser.add_argument("--version", required=True)
    parser.add_argument("--key")
    options = parser.parse_args(arguments)
    if not options.version:
        sys.exit("Which version? make release VERSION=1.2.3, and KEY=... to sign it with that key of GnuPG")
    if not options.key:
        say("NOT SIGNED: no KEY is given")
    signing = ["--key", options.key] if options.key else []
    made = _make_release(BUILD / "release", ["--version", options.version, *signing])
    say(f"{made.parent.relative_to(ROOT)} holds what to publish")


def _make_release(folder: Path, options: list[str]) -> Path:
    """Fill a folder with a release, and have the artifact checked as Galaxy does; return the artifact."""
    needed_environment(RELEASE).run("python", str(TOOLS / "release.py"), "--output", str(folder), *options)
    (artifact,) = folder.glob("*.tar.gz")
    importer = needed_environment(IMPORTER)
    say("galaxy-importer")
    settings = {**importer.variables(), "GALAXY_IMPORTER_CONFIG": str(TOOLS / "galaxy-importer.cfg")}
    command = [importer.tool("python"), "-m", "galaxy_importer.main", str(artifact)]
    with tempfile.TemporaryDirectory() as scratch:
        imported = subprocess.run(command, cwd=scratch, env=settings, capture_output=True, text=True, check=False)
    said = imported.stdout + imported.stderr
    complaints = [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if imported.returncode or complaints or "completed successfully" not in said:
        sys.exit("\n".join(complaints) or said)
    return artifact


def emulator(arguments: list[str]) -> None:
    """Start the emulator."""
    env = needed_environment(DEMO)
    variables = {**env.variables(), "PYTHONPATH": str(ROOT / "extensions" / "emulator")}
    python = env.tool("python")
    os.execve(python, [python, "-m", "aep_emulator", *arguments], variables)


COMMANDS = {
    function.__name__: function
    for function in (bench, demo, docs, emulator, lint, package, release, sanity, scale, soak, test)
}


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
