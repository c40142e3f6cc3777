# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator takes whatever its own description allows, and what it does not allow, without breaking down.

Its responses are validated against its own description, not against the published one. The published response schemas
differ from every published payload: ``transformationSpecs`` is an object there and a list in payloads, and
``uiAttributes.label``, ``.description``, ``.category``, and ``.icon`` are strings there and ``{"key": ...}`` or
``{"text": ...}`` in payloads. The emulator follows the payloads.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from lab import EMULATOR

pytestmark = pytest.mark.slow

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
HEADERS = ("Authorization: Bearer emulator-token", "x-api-key: fuzz", "x-gw-ims-org-id: FUZZ@AdobeOrg")


# Apart, since the control API can have the service break down on purpose.
@pytest.mark.parametrize("paths", ["^/(data|ims)/", "^/_emulator/"])
def test_no_request_breaks_it(
    tmp_path: Path, paths: str, request: pytest.FixtureRequest, record_property: t.Any
) -> None:
    options = ["--include-path-regex", paths, "--checks", CHECKS, "--max-examples", "10", "--no-color"]
    options += ["--phases", "examples,coverage,fuzzing", "--seed", str(request.config.getoption("--seed"))]
    options += [word for header in HEADERS for word in ("--header", header)]
    program = Path(sys.executable).with_name("schemathesis")
    # The runner of the emulator says in AEP_BASE_URL where it listens.
    command = f'{shlex.quote(str(program))} run "$AEP_BASE_URL/openapi.json" {shlex.join(options)}'
    run = subprocess.run(
        [sys.executable, "-m", "aep_emulator", "run", "--", "sh", "-c", command],
        env={**os.environ, "PYTHONPATH": str(EMULATOR)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    passed = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert passed, run.stdout[-5000:]
    assert passed[1] == passed[2] != "0"
    record_property("requests made up for the emulator", int(passed[1]))
