# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._json.files import write_whole


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "spec.yml"
    write_whole(str(file), "first", 0o640)
    assert (file.read_text("utf-8"), file.stat().st_mode & 0o777) == ("first", 0o640)
    write_whole(str(file), "second", durable=True)
    assert (file.read_text("utf-8"), file.stat().st_mode & 0o777) == ("second", 0o600)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("durable", [False, True])
def test_a_failure_leaves_what_was_there(tmp_path: Path, durable: bool) -> None:
    file = tmp_path / "spec.yml"
    for before in (None, "whole"):
        if before:
            file.write_text(before, encoding="utf-8")
        with pytest.raises(UnicodeEncodeError):
            write_whole(str(file), "x" * 100_000 + "\ud800", durable=durable)
        assert [path.read_text("utf-8") for path in tmp_path.iterdir()] == ([before] if before else [])
