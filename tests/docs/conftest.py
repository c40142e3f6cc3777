# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--site", type=Path, help="the folder of the built documentation site, to be looked at")


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The folder of the site."""
    folder: Path | None = request.config.getoption("--site")
    if folder is None:
        pytest.skip("SKIPPED: no --site, so there is no site to look at; make docs builds it")
    assert (folder / "docs" / "index.html").is_file(), f"there is no site in {folder}"
    return folder.resolve()
