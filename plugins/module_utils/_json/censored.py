# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Find what Ansible censored: a spec that a task returned must not become a definition with parts of it replaced.

Ansible replaces every secret of a task in its whole result, also where a spec has the same characters by chance.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

# In place of a part of a text, and in place of a whole value.
_MARKS: t.Final = ("********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
CENSORED_NEXT_STEP: t.Final = (
    "Ansible wrote this text in place of a secret of a task, such as client_secret or a token, because the same"
    " characters occur in the spec. Next step: take the value from a definition file, or from spec_export, which writes"
    " uncensored files. Or use a secret that does not occur in any spec."
)


def may_be_censored(text: str | None) -> bool:
    """Return whether a value of this ``json_text`` can hold what Ansible censored."""
    return text is None or any(mark in text for mark in _MARKS)


def find_censored(value: JSON, path: Path = ()) -> Path | None:
    """Return the path of the first key or text that Ansible censored."""
    if isinstance(value, str):
        return path if any(mark in value for mark in _MARKS) else None
    if isinstance(value, Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return None
    for key, item in items:
        found = (*path, key) if find_censored(key) is not None else find_censored(item, (*path, key))
        if found is not None:
            return found
    return None
