# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""backup: what is about to be replaced is kept in a private file, which brings it back."""

from __future__ import annotations

import stat
import typing as t
from pathlib import Path

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task
from lab.dataflows import World


def backups(folder: Path) -> list[Path]:
    """The backups in a directory, the oldest first."""
    return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []


def test_a_backup_brings_a_flow_spec_back(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "kept"
    keep = {"backup": True, "backup_dir": str(folder)}
    source = lab.store(CONNECTION_SPECS, name="new-source")
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    link = {"flow_spec_id": REST_STORAGE, "connection_spec_id": source, **keep}
    run = lab.play(
        task("predict", "flow_spec_source_link", check=True, **link),
        task("link", "flow_spec_source_link", **link),
        task("again", "flow_spec_source_link", **link),
    )
    assert [run[name].backup_file is None for name in ("predict", "link", "again")] == [True, False, True]
    (file,) = backups(folder)
    assert run["link"].backup_file == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    text = file.read_text("utf-8")
    assert lab.sandbox in text.partition("---")[0]
    read = next(one for one in lab.requests() if one["method"] == "GET" and REST_STORAGE in one["path"])
    assert read["status"] == 200
    outcome = lab.one("flow_spec", {"src": str(file), **keep})
    assert outcome.changed
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == before
    assert len(backups(folder)) == 2
    assert file.read_text("utf-8") == text


def test_every_updated_spec_of_many_has_a_backup(lab: Lab, tmp_path: Path) -> None:
    ids = [lab.store(CONNECTION_SPECS, name=f"bulk-{number}", version="1.0") for number in range(4)]
    wanted = [{"id": spec_id, "version": "2.0"} for spec_id in ids[:3]] + [{"id": ids[3], "version": "1.0"}]
    arguments = {"definitions": wanted, "backup": True, "backup_dir": str(tmp_path / "kept")}
    outcome = lab.one("connection_specs", arguments)
    files = [result["backup_file"] for result in outcome.results]
    assert sorted(files[:3]) == sorted(map(str, backups(tmp_path / "kept")))
    assert files[3] is None
    assert all("1.0" in Path(file).read_text("utf-8") for file in files[:3])


def test_a_backup_of_an_account_has_no_secret(lab: Lab, tmp_path: Path) -> None:
    auth = {"name": "Key", "spec": {"properties": {"key": {"format": "password"}, "host": {}}}}
    spec = lab.store(CONNECTION_SPECS, name="source", version="1.0", authSpec=[auth])
    lab.switch(secrets_in_answers="clear")
    account = {"name": "a", "connection_spec_id": spec, "auth_secrets": {"key": "very-secret-key"}}
    lab.one("connection", {**account, "auth_params": {"host": "one"}})
    gone = {
        "name": "a",
        "connection_spec_id": spec,
        "state": "absent",
        "backup": True,
        "backup_dir": str(tmp_path / "k"),
    }
    outcome = lab.one("connection", gone)
    text = Path(outcome.backup_file).read_text("utf-8")
    assert "very-secret-key" not in text
    assert "host: one" in text
    lab.one("connection", {**account, "auth_params": {"host": "one"}})


def test_what_a_deleted_dataflow_consisted_of_is_kept(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    lab.one("dataflow", World(lab).orders())
    keep = {"backup": True, "backup_dir": str(folder)}
    updated = lab.one("dataflow", {"name": "orders", "description": "new", **keep})
    assert updated.backup_files == [updated.backup_file]
    gone = lab.one("dataflow", {"name": "orders", "state": "absent", **keep})
    assert [Path(file).name.partition("_orders")[0] for file in gone.backup_files] == [
        "flow",
        "target_connection",
        "source_connection",
    ]
    assert gone.backup_file == gone.backup_files[0]
    assert "listId" in Path(gone.backup_files[2]).read_text("utf-8")
    assert len(backups(folder)) == 4


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "no directory": ({"backup": True}, "backup_dir is missing"),
    "a file": ({"backup": True, "backup_dir": "{file}"}, "is not a directory"),
    "cannot be created": ({"backup": True, "backup_dir": "/proc/nowhere/at-all"}, "was not changed"),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_is_replaced_without_its_backup(lab: Lab, tmp_path: Path, case: str) -> None:
    options, told = BAD[case]
    file = tmp_path / "file"
    file.touch()
    options = {name: str(file) if value == "{file}" else value for name, value in options.items()}
    outcome = lab.one("flow_spec", {"id": REST_STORAGE, "version": "9.9", **options})
    assert outcome.failed
    assert told in outcome.msg
    assert "Next step" in outcome.msg
    assert lab.writes() == []
