# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches all that a run leaves for secrets, in whatever form."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import subprocess
import threading
import typing as t
import urllib.parse
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import yaml

from lab.plays import Lab, Task
from lab.starts import ANSIBLE


def plain_forms(secret: str) -> set[str]:
    """A secret as it is, and quoted for JSON and for URLs."""
    quoted = {urllib.parse.quote(secret), urllib.parse.quote(secret, ""), urllib.parse.quote_plus(secret)}
    return {secret, json.dumps(secret)[1:-1]} | quoted


def echoes(*secrets: str) -> dict[str, str]:
    """What a service may tell of secrets, in base64 as part of a text as well, as in basic authentication."""
    told = {form for secret in secrets for form in plain_forms(secret)}
    for secret in secrets:
        for text in (secret, f"u:{secret}", f"me:{secret}", f"you:{secret}:x"):
            told |= {base64.b64encode(text.encode()).decode(), base64.urlsafe_b64encode(text.encode()).decode()}
    return {str(number): f"refused {form}" for number, form in enumerate(sorted(told))}


def forms(secret: str) -> set[str]:
    """A secret as it may show up: as it is, quoted, and in base64 at any place of a text."""
    found = plain_forms(secret)
    for before in range(3):
        # What is left after cutting off what depends on the text around it.
        encoded = base64.b64encode(b" " * before + secret.encode()).decode()
        whole = encoded[4 if before else 0 : len(encoded) - 4]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return found


class Processes:
    """Watches the command lines of all processes for secrets."""

    def __init__(self, secrets: set[bytes]) -> None:
        self._secrets = secrets
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seen = 0
        self.told: set[str] = set()

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    line = (process / "cmdline").read_bytes()
                    self.seen += b"aep.flow_service" in line or b"ansible" in line
                    self.told |= {str(process) for secret in self._secrets if secret in line}


@dataclasses.dataclass(frozen=True)
class Left:
    """What a run leaves: the outcomes of its tasks, its output, and each file."""

    outcomes: list[dict[str, t.Any]]
    texts: Mapping[str, bytes]

    def told(self, secrets: Collection[str]) -> set[tuple[str, str]]:
        """The secrets in it, each with its place."""
        return {(name, one) for name, text in self.texts.items() for one in secrets if one.encode() in text}


def run_everything(lab: Lab, tasks: Sequence[Task], secrets: Collection[str], store: Path, **play: t.Any) -> Left:
    """Run tasks, good and bad, as AWX runs them, at the highest verbosity; no command line may show a secret.

    ``store`` has the files of secrets that the tasks read.
    """
    private, record = lab.folder / "runner", lab.folder / "record.jsonl"
    (private / "project").mkdir(parents=True)
    whole = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": lab.python},
        **play,
        "tasks": [{"ignore_errors": True, **one} for one in tasks],
    }
    (private / "project" / "everything.yml").write_text(yaml.safe_dump([whole], sort_keys=False), encoding="utf-8")
    command = ["ansible-runner", "run", str(private), "-p", "everything.yml", "--cmdline=-vvvv --diff"]
    with Processes({secret.encode() for secret in secrets}) as processes:
        run = subprocess.run(
            [str(ANSIBLE / command[0]), *command[1:]],
            env=lab.environment(RECORD_FILE=str(record)),
            capture_output=True,
            check=False,
            timeout=300,
        )
    assert record.exists(), run.stdout.decode() + run.stderr.decode()
    assert processes.seen > 0
    assert processes.told == set()
    outcomes = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    texts = {"output": run.stdout, "errors": run.stderr}
    for file in lab.folder.rglob("*"):
        if file.is_file() and store not in file.parents and file.parent.name != "tokens":
            texts[str(file.relative_to(lab.folder))] = file.read_bytes()
    assert any("job_events" in name for name in texts)
    return Left(outcomes, texts)
