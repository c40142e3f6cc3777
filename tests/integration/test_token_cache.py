# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache for tokens: one token serves all, and whatever is wrong with the cache is only a miss."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import REST_STORAGE, SECRET, Lab, task

LOOK = task("look", "flow_spec_info", id=REST_STORAGE)


def folder_of(lab: Lab) -> Path:
    return lab.folder / "cache" / "aep.flow_service" / "tokens"


def token_file(lab: Lab) -> Path:
    """The only file with a token."""
    (file,) = (path for path in folder_of(lab).iterdir() if path.suffix != ".lock")
    return file


def look(lab: Lab, **variables: t.Any) -> None:
    """A task that needs a token."""
    run = lab.play(LOOK, **variables)
    assert run.status == 0, run.output


@pytest.mark.real("worker")
def test_one_token_for_tasks_and_plays_in_the_worker_and_as_modules(lab: Lab) -> None:
    for _time in range(2):
        run = lab.play(LOOK, task("other", "connection_spec_info"), {**LOOK, "async": 30, "poll": 1})
        assert run.status == 0, run.output
    assert len(lab.requests("ims")) == 1
    assert len(lab.requests()) == 6
    assert stat.S_IMODE(folder_of(lab).stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder_of(lab).iterdir()] == [0o600] * 2
    assert lab.play(task("no cache", "flow_spec_info", id=REST_STORAGE, token_cache=False)).status == 0
    assert len(lab.requests("ims")) == 2


@pytest.mark.real("worker")
def test_fifty_hosts_at_once_ask_for_one_token_and_one_spec_each(lab: Lab) -> None:
    hosts = lab.folder / "hosts.ini"
    hosts.write_text("".join(f"sandbox{number} ansible_connection=local\n" for number in range(50)))
    run = lab.play(LOOK, play={"hosts": "all"}, arguments=("-i", str(hosts), "-f", "50"))
    assert run.status == 0, run.output
    assert len(run.outcomes) == 50
    assert len(lab.requests("ims")) == 1
    assert lab.calls() == ["GET flowSpecs"] * 50


def test_another_secret_client_or_scope_is_another_token(lab: Lab) -> None:
    look(lab)
    look(lab, AEP_SCOPES="openid")
    assert len(lab.requests("ims")) == 2
    run = lab.play(LOOK, AEP_CLIENT_SECRET="wrong-secret")
    assert run["look"].failed
    assert "invalid_client" in run["look"].msg


def test_nothing_but_the_token_is_in_the_cache(lab: Lab) -> None:
    look(lab)
    assert json.loads(token_file(lab).read_text()).keys() == {"access_token", "good_until"}
    names = "".join(str(path) for path in folder_of(lab).iterdir())
    assert SECRET not in names + token_file(lab).read_text()
    assert lab.client_id not in names


@pytest.mark.parametrize(("lifetime", "spare"), [(86399, 600), (1000, 100)])
def test_a_token_is_given_up_before_it_expires(lab: Lab, lifetime: int, spare: int) -> None:
    lab.switch(token_lifetime=lifetime)
    look(lab)
    content = json.loads(token_file(lab).read_text())
    assert 0 <= lifetime - spare - (content["good_until"] - time.time()) < 30
    token_file(lab).write_text(json.dumps({**content, "good_until": time.time() - 1}))
    look(lab)
    assert len(lab.requests("ims")) == 2


CONTENTS = ["", "{", "[]", "\x00", '{"access_token": 5, "good_until": 9e12}', '{"access_token": "x"}']
CONTENTS += [
    '{"access_token": "", "good_until": 9e12}',
    '{"access_token": "line\\nbreak", "good_until": 9e12}',
    "[" * 100_000,
]


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_broken_is_a_miss(lab: Lab, content: str) -> None:
    look(lab)
    token_file(lab).write_text(content)
    look(lab)
    look(lab)
    assert len(lab.requests("ims")) == 2


def truncate(lab: Lab) -> None:
    token_file(lab).write_bytes(token_file(lab).read_bytes()[:-20])


def show_file(lab: Lab) -> None:
    token_file(lab).chmod(0o644)


def show_folder(lab: Lab) -> None:
    folder_of(lab).chmod(0o755)


def give_away(lab: Lab) -> None:
    """As another user's; where that takes another right, as one that leads to another user's file."""
    if os.getuid() == 0:
        os.chown(token_file(lab), 12345, 12345)
    else:
        file = token_file(lab)
        file.unlink()
        file.symlink_to("/etc/passwd")


def replace_by_link(lab: Lab) -> None:
    file = token_file(lab)
    real = lab.folder / "elsewhere"
    file.rename(real)
    file.symlink_to(real)


def replace_by_folders(lab: Lab) -> None:
    for file in list(folder_of(lab).iterdir()):
        file.unlink()
        file.mkdir()


def replace_folder_by_file(lab: Lab) -> None:
    shutil.rmtree(folder_of(lab))
    folder_of(lab).write_text("")


@pytest.mark.parametrize(
    "harm", [truncate, show_file, show_folder, give_away, replace_by_link, replace_by_folders, replace_folder_by_file]
)
def test_what_others_may_have_touched_is_a_miss(lab: Lab, harm: Callable[[Lab], None]) -> None:
    (lab.folder / "tmp").mkdir()
    look(lab, TMPDIR=str(lab.folder / "tmp"))
    harm(lab)
    look(lab, TMPDIR=str(lab.folder / "tmp"))
    assert len(lab.requests("ims")) == 2


def test_where_nothing_can_be_written_the_folder_for_temporary_files_serves(lab: Lab) -> None:
    """/proc takes no folders, not even from root."""
    (lab.folder / "tmp").mkdir()
    variables: dict[str, t.Any] = {"XDG_CACHE_HOME": "/proc/cache", "TMPDIR": str(lab.folder / "tmp")}
    look(lab, **variables)
    look(lab, **variables)
    assert len(lab.requests("ims")) == 1
    folder = lab.folder / "tmp" / f"aep.flow_service-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.real("worker")
def test_without_any_folder_each_task_has_a_token_of_its_own(lab: Lab) -> None:
    (lab.folder / "tmp" / f"aep.flow_service-{os.getuid()}").mkdir(parents=True)
    (lab.folder / "tmp" / f"aep.flow_service-{os.getuid()}").chmod(0o777)
    run = lab.play(LOOK, {**LOOK, "loop": [1, 2]}, XDG_CACHE_HOME="/proc/cache", TMPDIR=str(lab.folder / "tmp"))
    assert run.status == 0, run.output
    assert len(lab.requests("ims")) == 3
    assert len(lab.requests()) == 3
