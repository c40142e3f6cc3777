# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples in the Markdown pages: found, checked, and run one after the other, as a reader would.

A block is

* a file, if its language is yaml, ini or toml and its first line is a comment with a path
* tasks or plays to run, if it is yaml without a path
* commands for bash, if it is console: the lines that start with "$ ", continued where a line ends in a backslash. What
  holds an ellipsis is for reading only. The other lines are what it prints: "..." stands for any lines, "…" for
  anything in a line, and an id that the page shows for the first time for any id. A command without them may print
  anything.
* a script for bash or Python, if it is sh or python
* checked to be JSON, if it is json

A comment right before a block tells what else is to be known of it:

    <!-- example: fails -->                 the last command has to fail
    <!-- example: fails with status 2 -->   so
    <!-- example: not run, REASON -->       checked, and not run
    <!-- example: serves -->                the last command serves until the page ends; what it prints is compared

Nothing is there but what the pages show. make, git, pip and ansible-galaxy are run by the pages that INSTALLS names, in
a clone of this working tree and in a virtual environment of their own. All other pages begin after step 6 of the guide
"Getting started", in an empty directory, on an emulator that the other pages have used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from lab import EMULATOR, Lab
from lab.starts import ANSIBLE, stand_in
from pages.examples import (
    COLLECTION,
    ROOT,
    is_plays,
    option_problems,
    playbook_variables,
    text_problems,
    write_playbook,
)

_FENCE: t.Final = re.compile(r"(?P<indent> *)(?P<marks>`{3,})(?P<language>[\w-]*)[^`]*$")
_MARKER: t.Final = re.compile(r" *<!-- example: (?P<text>.*?) *-->$")
_FAILS: t.Final = re.compile(r"fails(?: with status (?P<status>\d+))?$")
_FILE: t.Final = re.compile(r"# (?P<path>[\w./-]+\.(?:ya?ml|json|ini|cfg|toml))\b(?:,.*)?$")
_SHELLS: t.Final = ("console", "sh")
_LANGUAGES: t.Final = {*_SHELLS, "yaml", "ini", "toml", "json", "python"}
_FOR_READING: t.Final = {"", "text", "diff", "mermaid"}
# What would be an example if its block said so.
_LOOKS_LIKE_ONE: t.Final = re.compile(r"^(?:\$ | *- (?:name|hosts): )", re.MULTILINE)
# What changes the reader's machine, or takes too long: its words are checked.
_INSTALLERS: t.Final = ("make", "git", "pip", "ansible-galaxy")
# The pages on which a reader begins: theirs are run.
INSTALLS: t.Final = ("README.md", "docs/getting-started.md")
_SECONDS: t.Final = 600
_ID: t.Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BLANKS: t.Final = re.compile(r"\s+")
# What every sandbox begins with has the same ids everywhere.
_PUBLISHED_IDS: t.Final = frozenset(
    spec_id
    for file in EMULATOR.rglob("*.*")
    if file.suffix in (".py", ".json", ".yml")
    for spec_id in _ID.findall(file.read_text("utf-8"))
)
_SERVES: t.Final = "serves"
_REPOSITORY: t.Final = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["repository"]


@dataclasses.dataclass(frozen=True)
class Command:
    """A command in a block."""

    line: int
    text: str
    output: str | None = None
    """What it prints, if the page shows it."""

    @property
    def parts(self) -> list[list[str]]:
        """The words of each of the commands that it is made of, the program first, without a remark at the end."""
        lexer = shlex.shlex(self.text.replace("\\\n", " "), posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        found: list[list[str]] = [[]]
        for word in lexer:
            if word in ("&&", "||", ";", "|", "&"):
                found.append([])
            # What is set for the command alone comes before it.
            elif found[-1] or not re.match(r"\w+=", word):
                found[-1].append(word)
        return [["pip", *words[3:]] if words[1:3] == ["-m", "pip"] else words for words in found if words]

    @property
    def is_for_reading(self) -> bool:
        """Whether the reader has to fill something in."""
        return "…" in self.text

    @property
    def installs(self) -> bool:
        """Whether it changes what is installed."""
        return bool({part[0] for part in self.parts} & set(_INSTALLERS))

    def shown_by(self, output: str, ids: dict[str, str]) -> bool:
        """Whether it has printed what the page shows; ids are those of the page so far, with what stood for them."""
        if self.output is None:
            return True
        pattern, found = _pattern(self.output, ids)
        match = re.fullmatch(pattern, _plain(output), re.DOTALL)
        if match:
            ids.update({spec_id: match[group] for spec_id, group in found.items()})
        return match is not None


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of code in a page."""

    line: int
    language: str
    text: str
    marker: str

    @property
    def reason(self) -> str | None:
        """Why it is not run, if it is not."""
        return self.marker.removeprefix("not run, ") if self.marker.startswith("not run, ") else None

    @property
    def fails(self) -> re.Match[str] | None:
        return _FAILS.match(self.marker)

    @property
    def path(self) -> str | None:
        """The path of the file that this is."""
        found = _FILE.match(self.text.partition("\n")[0])
        return found["path"] if found and self.language in ("yaml", "ini", "toml") else None

    @property
    def documents(self) -> list[t.Any]:
        """What is in it, if it is YAML."""
        return list(yaml.load_all(self.text, _Loader))

    @property
    def commands(self) -> list[Command]:
        """The commands in it, each with its line in the page."""
        lines = self.text.splitlines()
        if self.language != "console":
            return [Command(self.line + 1, self.text)]
        found = []
        for number, line in enumerate(lines):
            if line.startswith("$ "):
                last = number
                while lines[last].endswith("\\") and last + 1 < len(lines):
                    last += 1
                text = "\n".join([line[2:], *lines[number + 1 : last + 1]])
                rest = itertools.takewhile(lambda one: not one.startswith("$ "), lines[last + 1 :])
                output = "\n".join(rest).strip()
                found.append(Command(self.line + 1 + number, text, output or None))
        return found


def _plain(output: str) -> str:
    """An output without what depends on the width of a terminal, on one line."""
    return _BLANKS.sub(" ", re.sub(r"\*{3,}", "***", output)).strip()


def _pattern(shown: str, ids: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A pattern for an output as a page shows it, with the group of each id that is new."""
    groups: dict[str, str] = {}

    def of_id(match: re.Match[str]) -> str:
        spec_id = match[0]
        if spec_id in ids or spec_id in _PUBLISHED_IDS:
            return re.escape(ids.get(spec_id, spec_id))
        if spec_id in groups:
            return f"(?P={groups[spec_id]})"
        groups[spec_id] = f"id{len(groups)}"
        return f"(?P<{groups[spec_id]}>{_ID.pattern})"

    parts: list[str] = []
    for line in shown.splitlines():
        if line.strip() == "...":
            parts.append("...")
        elif line.strip():
            parts.append(_ID.sub(of_id, re.escape(_plain(line)).replace(r"\-", "-")).replace("…", r"[^\n]*?"))
    text = " ".join(parts)
    return re.sub(r" ?\.\.\. ?", r"(?:.*)", text), groups


class _Loader(yaml.SafeLoader):
    """Takes tags such as !vault as well."""


_Loader.add_multi_constructor("!", lambda loader, _suffix, node: str(node.value))


class Page:
    """A Markdown page of the project."""

    def __init__(self, file: Path) -> None:
        self.name = str(file.relative_to(ROOT))
        self.blocks = list(_blocks(file.read_text("utf-8")))

    def __str__(self) -> str:
        return self.name

    @property
    def installs(self) -> bool:
        """Whether the reader installs everything on it."""
        return self.name in INSTALLS

    def commands_of(self, block: Block) -> list[Command]:
        """The commands of a block that are run."""
        if block.reason is not None or block.language not in _SHELLS:
            return []
        return [one for one in block.commands if not one.is_for_reading and (self.installs or not one.installs)]

    @property
    def is_run(self) -> bool:
        """Whether there is anything to run."""
        run = [block for block in self.blocks if block.reason is None]
        return any(map(self.commands_of, run)) or any(block.language in ("yaml", "python") for block in run)

    @property
    def reasons(self) -> set[str]:
        """Why blocks of it are not run."""
        return {block.reason for block in self.blocks if block.reason is not None}

    def problems(self) -> Iterator[str]:
        """What is wrong with it, as can be seen without running anything."""
        for block in self.blocks:
            for line, problem in _block_problems(block):
                yield f"line {line}: {problem}"
            if block.language == "sh" and not block.reason and block.commands != self.commands_of(block):
                yield f"line {block.line}: a script is run whole: what is not to be run has to be in a console block"
        for block in self.blocks:
            if block.path and not block.reason and is_plays(_parsed(block)) and not self._runs(block.path):
                yield f"line {block.line}: no command of the page runs {block.path}; without its path it runs as it is"

    def _runs(self, playbook: str) -> bool:
        """Whether a command runs this playbook, or another playbook imports it."""
        run = [block for block in self.blocks if block.reason is None]
        commands = [command.text for block in run for command in self.commands_of(block)]
        imports = [block.text for block in run if "import_playbook:" in block.text]
        return any(playbook in text for text in [*commands, *imports])

    def run(self, lab: Lab, folder: Path) -> Iterator[str]:
        """Write its files and run its commands in this folder, in their order, until one is not as it should be."""
        with contextlib.closing(_Runner(self, lab, folder)) as runner:
            for block in self.blocks:
                if block.reason is None:
                    for line, problem in runner.run(block):
                        yield f"line {line}: {problem}"
                        return


def pages() -> list[Page]:
    """The pages of the project."""
    patterns = ("*.md", "docs/**/*.md", "extensions/**/*.md", "roles/*/*.md", "playbooks/*.md")
    files = [file for pattern in patterns for file in sorted(ROOT.glob(pattern))]
    # It changes the collection itself, and has a test of its own.
    return [Page(file) for file in files if file.name != "new-kind.md"]


def _blocks(text: str) -> Iterator[Block]:
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if not fence:
            continue
        begin = number
        while number < len(lines) and lines[number].strip() != fence["marks"]:
            number += 1
        indent = len(fence["indent"])
        content = "\n".join(line[indent:] for line in lines[begin:number]) + "\n"
        before = next((line for line in reversed(lines[: begin - 1]) if line.strip()), "")
        marker = _MARKER.match(before)
        yield Block(begin, fence["language"], content, marker["text"] if marker else "")
        number += 1


# Without running anything.

Problem = tuple[int, str]


def _parsed(block: Block) -> t.Any:
    """The only YAML document in a block; None if there are several, or it is no YAML."""
    with contextlib.suppress(yaml.YAMLError):
        if block.language == "yaml" and len(block.documents) == 1:
            return block.documents[0]
    return None


def _form_problems(block: Block) -> Iterator[Problem]:
    """What cannot be right, whatever the block holds."""
    if block.marker and not (block.fails or block.reason or block.marker == _SERVES):
        yield block.line, f"the marker {block.marker!r} means nothing: see tests/support/pages/blocks.py"
    if block.language not in _LANGUAGES | _FOR_READING:
        yield block.line, f"call it one of {', '.join(sorted(_LANGUAGES))}, and not {block.language}"
    if block.language in _FOR_READING and _LOOKS_LIKE_ONE.search(block.text):
        yield block.line, "this looks like an example: call it console or yaml, to have it run"
    if block.language == "console" and not block.commands:
        yield block.line, "a block of commands without a command: begin each with '$ '"
    if block.fails and block.language != "console":
        yield block.line, "only commands can be said to fail"


def _block_problems(block: Block) -> Iterator[Problem]:
    yield from _form_problems(block)
    yield from ((block.line, problem) for problem in text_problems(block.text))
    if block.language == "yaml":
        yield from _yaml_problems(block)
    elif block.language == "json":
        try:
            json.loads(block.text)
        except ValueError as error:
            yield block.line, f"this is no JSON: {error}"
    elif block.language == "python":
        try:
            compile(block.text, "example", "exec")
        except SyntaxError as error:
            yield block.line + (error.lineno or 0), f"this is no Python: {error}"
    elif block.language in _SHELLS:
        for command in block.commands:
            yield from ((command.line, problem) for problem in _command_problems(command))


def _yaml_problems(block: Block) -> Iterator[Problem]:
    try:
        documents = block.documents
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        yield block.line + line, f"this is no YAML: {error.problem}"
        return
    if not block.path and not block.reason and [type(document) for document in documents] != [list]:
        yield block.line, "this is no list of tasks or plays: name the file that it is in a comment on its first line"
    for document in documents:
        yield from ((block.line, problem) for problem in option_problems(document))


def _command_problems(command: Command) -> Iterator[str]:
    syntax = subprocess.run(["bash", "-n"], input=command.text, capture_output=True, text=True, check=False)
    if syntax.returncode:
        yield f"bash cannot read this: {syntax.stderr}"
        return
    try:
        parts = command.parts
    except ValueError as error:
        yield f"too hard to read: {error}: {command.text}"
        return
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for part in parts:
        if part[0] == "make":
            for option, target in itertools.pairwise(part):
                is_target = "=" not in target and "-C" not in (option, target)
                if is_target and not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE):
                    yield f"the Makefile has no target {target}"
        elif part[0] in _INSTALLERS and len(part) < 2:
            yield f"{part[0]} alone does nothing: {command.text}"
        elif "ansible-playbook" in part:
            yield from (f"{problem}: {command.text}" for problem in _variable_problems(part))


def _variable_problems(words: list[str]) -> Iterator[str]:
    """Variables that are handed to a playbook of the collection, and that it does not know."""
    if not any(word.startswith(COLLECTION) for word in words):
        return
    for option, value in itertools.pairwise(words):
        if option in ("-e", "--extra-vars") and not value.startswith("@"):
            names = yaml.safe_load(value) if value.startswith("{") else [pair.split("=")[0] for pair in value.split()]
            yield from (f"there is no variable {name}" for name in names if name not in playbook_variables())


# Running it.


class _Runner:
    """Runs the blocks of a page: one folder, and what one block exports is there for the next."""

    def __init__(self, page: Page, lab: Lab, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.state = lab.folder / "state"
        programs = lab.folder / "bin"
        for new in (self.state, programs):
            new.mkdir()
        if page.installs:
            self.environment = bare_environment(lab.folder, programs)
        else:
            _install_scripts(programs)
            path = os.pathsep.join(map(str, (programs, ANSIBLE, Path(sys.executable).parent, os.environ["PATH"])))
            self.environment = lab.environment(PATH=path, RECORD_FILE=str(lab.folder / "record.jsonl"))
            self.environment["AEP_SANDBOX_NAME"] = lab.sandbox
            stand_in(programs, self.environment)
        self._ids: dict[str, str] = {}
        self._servers: list[subprocess.Popen[str]] = []
        self._lock = contextlib.ExitStack()

    def close(self) -> None:
        """End what serves."""
        for server in self._servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()
        self._lock.close()

    def run(self, block: Block) -> Iterator[Problem]:
        """Run one block; what is not as it should be, with its line."""
        if block.path:
            file = self._place() / block.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
        elif block.language == "yaml":
            playbook = self._place() / f"line-{block.line}.yml"
            write_playbook(playbook, block.documents[0])
            if is_plays(block.documents[0]):
                playbook.write_text(block.text, "utf-8")
            yield from self._run(block, [Command(block.line, f"ansible-playbook {playbook.name}")])
        elif block.language == "python":
            yield from self._run(block, [Command(block.line, f"python -c {shlex.quote(block.text)}")])
        else:
            yield from self._run(block, self.page.commands_of(block))

    def _place(self) -> Path:
        """The directory that the reader is in."""
        place = self.state / "place"
        return Path(place.read_text("utf-8").strip()) if place.exists() else self.folder

    def _run(self, block: Block, commands: list[Command]) -> Iterator[Problem]:
        for command in commands:
            is_last = command is commands[-1]
            if is_last and block.marker == _SERVES:
                yield from self._serve(command)
                return
            status, output = self._execute(["bash", "-euo", "pipefail", "-c", self._script(command.text)])
            yield from _judged(block, command, is_last=is_last, status=status, output=output)
            output = output.replace(str(self.folder), "/home/me")
            if not command.shown_by(output, self._ids):
                yield command.line, f"{command.text} does not print what the page shows, but:\n{output}"

    def _serve(self, command: Command) -> Iterator[Problem]:
        """Start a command, and wait until it has printed what the page shows."""
        self._lock.enter_context(_only_server())
        file = self.state / "served"
        with file.open("w", encoding="utf-8") as output:
            server = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", self._script(f"exec {command.text}")],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )
        self._servers.append(server)
        end = time.monotonic() + _SECONDS
        while not command.shown_by(file.read_text("utf-8"), self._ids):
            if server.poll() is not None or time.monotonic() > end:
                yield (
                    command.line,
                    f"{command.text} does not print what the page shows, but:\n{file.read_text('utf-8')}",
                )
                return
            time.sleep(0.2)

    def _script(self, command: str) -> str:
        """A command, with what came of those before it."""
        state = shlex.quote(str(self.state))
        return "\n".join(
            (
                f'if [ -e {state}/exported ]; then . {state}/exported; cd "$(cat {state}/place)"; fi',
                f"trap 'export -p > {state}/exported; pwd > {state}/place' EXIT",
                command,
            )
        )

    def _execute(self, command: list[str]) -> tuple[int, str]:
        """Run a command to its end, which is that of all it has started; its status and what it printed."""
        file = self.state / "output"
        with file.open("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                status = 124
                output.write(f"\nIt did not end within {_SECONDS} seconds.\n")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return status, file.read_text("utf-8")


@contextlib.contextmanager
def _only_server() -> Iterator[None]:
    """Wait for the port that pages name: only one of them at a time can have it."""
    with (Path(tempfile.gettempdir()) / "aep-flow-service-pages.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bare_environment(home: Path, programs: Path) -> dict[str, str]:
    """What a reader has who has installed nothing yet: Python, git and make."""
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(os.path.realpath(sys.executable))} "$@"\n')
    python.chmod(0o755)
    ours = ("AEP_", "ANSIBLE_", "XDG_", "PYTHON", "VIRTUAL_ENV", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    tests = str(Path(sys.executable).parent)
    path = [one for one in os.environ["PATH"].split(os.pathsep) if one not in (tests, str(ANSIBLE))]
    mine = Path.home()
    settings = {"PIP_CACHE_DIR": str(mine / ".cache" / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if (mine / ".config" / "pip" / "pip.conf").exists():
        settings["PIP_CONFIG_FILE"] = str(mine / ".config" / "pip" / "pip.conf")
    origin = _origin(home / "origin")
    cloning = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": _REPOSITORY,
    }
    return {**kept, **settings, **cloning, "HOME": str(home), "PATH": os.pathsep.join([str(programs), *path])}


def _origin(folder: Path) -> Path:
    """A repository of this working tree, as it is, for the reader to clone."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    who = ["-c", "user.name=reader", "-c", "user.email=reader@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "Working tree"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def _judged(block: Block, command: Command, *, is_last: bool, status: int, output: str) -> Iterator[Problem]:
    """The problem, if a block has not ended as it should with the command that it got to."""
    if block.fails and is_last:
        wanted = block.fails["status"]
        if status == 0 or (wanted and status != int(wanted)):
            should = f"should fail with status {wanted}" if wanted else "should fail"
            yield command.line, f"{command.text} {should}, and ended with status {status}:\n{output}"
    elif status:
        yield command.line, f"{command.text} ended with status {status}:\n{output}"


def _install_scripts(folder: Path) -> None:
    """The programs that installing the emulator would give."""
    project = tomllib.loads((EMULATOR / "pyproject.toml").read_text("utf-8"))["project"]
    for name, target in project["scripts"].items():
        module, _colon, function = target.partition(":")
        start = f"import sys; sys.path.insert(0, {str(EMULATOR)!r}); from {module} import {function}; {function}()"
        (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} -c {shlex.quote(start)} "$@"\n')
        (folder / name).chmod(0o755)
