# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The JSON Schemas of definitions, the same files by which editors complete and check."""

from __future__ import annotations

import functools
import json
import os
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

FILES: t.Final = {
    "connection_spec": "connection-spec.schema.json",
    "flow_spec": "flow-spec.schema.json",
}
"""The file for each kind of definition."""
_ADDRESS: t.Final = "https://raw.githubusercontent.com/aep-flow-service/aep.flow_service/main/extensions/schemas"

_ROOT: t.Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), *([os.pardir] * 3))
FOLDER: t.Final = os.path.normpath(os.path.join(_ROOT, "extensions", "schemas"))


def editor_line(kind: str) -> str:
    """Return the comment by which editors find the schema of a YAML file."""
    return f"# yaml-language-server: $schema={_ADDRESS}/{FILES[kind]}"


@functools.cache
def load_schema(kind: str) -> Mapping[str, JSON]:
    """Return the schema of a kind of definition.

    It is read from the collection: a module that Ansible packs and sends elsewhere does not have it.
    Raises InputError there.
    """
    path = os.path.join(FOLDER, FILES[kind])
    try:
        with open(path, encoding="utf-8") as file:
            return t.cast(Mapping[str, JSON], json.load(file))
    except OSError as error:
        raise InputError(
            f"Could not read the schema {path}: {error.strerror or error}. Next step: check definitions where the"
            " collection is installed, on the controller; if it is, install the collection again."
        ) from None
