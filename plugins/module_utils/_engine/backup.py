# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Keep what an update or a deletion is about to replace: one private file for each object, never overwritten.

The file is a definition, which the option ``src`` of the module can read, with a comment on where it is from.
"""

from __future__ import annotations

import datetime
import os
import re
import threading
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import dump_yaml
from ansible_collections.aep.flow_service.plugins.module_utils._json.files import write_whole
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec

_UNSAFE: t.Final = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME: t.Final = 60


class Backup:
    """The backups of one task."""

    def __init__(self, directory: str | None, sandbox: str) -> None:
        """Accept the directory; None for a task that writes no backups."""
        self._directory = directory
        self._sandbox = sandbox
        self._files: dict[str, str] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_params(cls, params: Params, sandbox: str) -> Backup:
        """Read the options ``backup`` and ``backup_dir``.

        Raises InputError.
        """
        if not params.get("backup"):
            return cls(None, sandbox)
        directory = params.get("backup_dir")
        if not directory:
            raise InputError(
                "Could not use backup: backup_dir is missing. No request was sent. Next step: set backup_dir to a"
                " directory for the backups."
            )
        if os.path.exists(directory) and not os.path.isdir(directory):
            raise InputError(
                f"Could not use backup_dir: {directory} is not a directory. No request was sent. Next step: set"
                " backup_dir to a directory."
            )
        return cls(os.path.abspath(directory), sandbox)

    def file_of(self, object_id: str | None) -> str | None:
        """Return the file with the previous state of an object; None if the object was not replaced."""
        return self._files.get(object_id or "")

    @property
    def files(self) -> list[str]:
        """Every file of the task."""
        return list(self._files.values())

    def keep(self, kind: Kind, spec: Spec, request_id: str | None) -> None:
        """Write an object to a file, the first time that it is about to be replaced.

        Raises FlowServiceError where that is not possible; then nothing may be replaced.
        """
        if self._directory is None:
            return
        object_id = str(spec["id"])
        with self._lock:
            if object_id not in self._files:
                self._files[object_id] = self._write(self._directory, kind, spec, request_id)

    def _write(self, directory: str, kind: Kind, spec: Spec, request_id: str | None) -> str:
        now = datetime.datetime.now(datetime.UTC)
        source = f"request {request_id}" if request_id else "a request without an ID"
        comment = (
            f"# {kind.label(spec)}\n# as it was in the sandbox {self._sandbox} at {now.isoformat(timespec='seconds')},"
            f" before the update that followed {source}\n"
        )
        # No line of a name can end the comment.
        lines = comment.splitlines()[:3]
        if isinstance(spec.get("state"), str):
            # A definition has no state, and a restored dataflow needs it.
            lines.append(f"# with the state {_UNSAFE.sub('-', str(spec['state']))}")
        content = "\n".join(lines) + "\n---\n" + dump_yaml(kind.definition(spec), sort_keys=False)
        name = _UNSAFE.sub("-", str(spec.get("name") or "")).strip("-.")[:_MAX_NAME]
        stem = "_".join(filter(None, (kind.result_key, name, str(spec["id"]), now.strftime("%Y%m%dT%H%M%S.%fZ"))))
        path = os.path.join(directory, f"{_UNSAFE.sub('-', stem)}.yml")
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            write_whole(path, content, durable=True)
        except (OSError, UnicodeEncodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise FlowServiceError(
                f"Could not write the backup of {kind.label(spec)} to {directory}: {reason}. The"
                " object was not changed. Next step: set backup_dir to a directory that can be written."
            ) from None
        return path
