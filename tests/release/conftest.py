# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

import release


@pytest.fixture(autouse=True)
def no_collections(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collections of the user are not seen: ansible-galaxy installs nothing that is there already."""
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path_factory.mktemp("collections")))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a release of the checkout would be."""
    folder = tmp_path_factory.mktemp("made")
    release.make(folder, key=None)
    return folder


@pytest.fixture(scope="session")
def artifact(made: Path) -> Path:
    (found,) = made.glob("*.tar.gz")
    return found
