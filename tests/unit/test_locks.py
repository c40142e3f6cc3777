# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file lock, and what it knows of the last write."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http import locks
from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import Lock


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Lock.on("a spec")


def test_it_knows_of_a_write(lock: Lock) -> None:
    before = time.monotonic()
    with lock.held(1) as held:
        assert held.unchanged_since(before)
        with held.writing():
            assert not held.unchanged_since(time.monotonic())
        assert not held.unchanged_since(before)
        time.sleep(0.001)
        assert held.unchanged_since(time.monotonic())


def test_a_write_that_failed_never_ended(lock: Lock) -> None:
    with lock.held(1) as held, pytest.raises(ValueError, match="x"), held.writing():
        raise ValueError("x")
    with lock.held(1) as held:
        assert not held.unchanged_since(time.monotonic())
        with held.writing():
            pass
        time.sleep(0.001)
        assert held.unchanged_since(time.monotonic())


def test_it_is_exclusive_and_names_its_file(lock: Lock, tmp_path: Path) -> None:
    with lock.held(1), pytest.raises(FlowServiceError, match=str(tmp_path)), lock.held(0.1):
        pass
    with lock.held(0):
        pass


def test_it_ends_with_its_process(lock: Lock, tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import Lock\n"
        "with Lock.on('a spec').held(1) as held, held.writing():\n"
        "    print('held', flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(FlowServiceError), lock.held(0.05):
            pass
        process.kill()
        process.wait()
    with lock.held(1) as held:
        assert not held.unchanged_since(time.monotonic()), (
            "the write of the killed process is not trusted to have ended"
        )


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707])
def test_a_folder_that_others_reach_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    parent = tmp_path / "aep.flow_service"
    parent.mkdir(mode=0o700)
    parent.chmod(mode)
    folder = locks.private_directory("locks")
    assert folder is not None
    assert folder.startswith(str(tmp_path / "temporary"))
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_without_any_folder_nothing_is_locked_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file"))
    with Lock.on("a spec").held(0) as first, Lock.on("a spec").held(0) as second, first.writing(), second.writing():
        assert first.unchanged_since(0)


RELATIVE = [
    {"XDG_CACHE_HOME": "cache"},
    {"XDG_CACHE_HOME": "./cache", "HOME": "."},
    {"XDG_CACHE_HOME": "", "HOME": "home"},
    {"XDG_CACHE_HOME": "~/cache"},
    # Where the cache cannot be written, relative folders for temporary files are no way out either.
    {"XDG_CACHE_HOME": "/dev/null", "TMPDIR": "tmp", "TEMP": ".", "TMP": "tmp"},
]


@pytest.mark.parametrize("variables", RELATIVE, ids=str)
def test_relative_folders_of_the_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Else tokens and locks lie in a checkout, and two jobs that start in two folders share none."""
    here, home = tmp_path / "here", tmp_path / "home"
    for folder in (here, home, here / "tmp", here / "home"):
        folder.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: types.SimpleNamespace(pw_dir=str(home)))
    for name, value in {"HOME": str(home), **variables}.items():
        monkeypatch.setenv(name, value)
    found = locks.private_directory("of-a-test")
    assert found
    assert os.path.isabs(found)
    assert not Path(found).resolve().is_relative_to(here)
    assert sorted(path.name for path in here.rglob("*")) == ["home", "tmp"]
    os.rmdir(found)
