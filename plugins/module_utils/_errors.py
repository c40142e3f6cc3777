# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Failures that a person is meant to read."""

from __future__ import annotations

import traceback
from collections.abc import Iterable


class FlowServiceError(Exception):
    """A failure with one clear sentence, and the facts behind it for a playbook to read.

    ``facts`` are JSON values that are returned next to ``msg`` by the failed task. ``secrets`` are texts that no
    output may show, besides those of the options for secrets.
    """

    secrets: frozenset[str] = frozenset()

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @property
    def reason(self) -> str:
        """The message without its next step, to quote in another message."""
        return self.message.partition(" Next step: ")[0]

    @property
    def fact(self) -> str:
        """The message without what was attempted, to go on in another message."""
        return self.message.partition(": ")[2]

    def add(self, **facts: object) -> None:
        """Add facts that a caller further out knows; what is there already is kept."""
        self.facts = {**facts, **self.facts}


class InputError(FlowServiceError):
    """Bad input of the user, found before anything was written."""


class MisplacedSecretError(InputError):
    """A secret in an option that Ansible shows: a module returns its arguments as ``invocation``."""

    def __init__(self, message: str, secrets: Iterable[str]) -> None:
        super().__init__(message)
        self.secrets = frozenset(secrets)


class AmbiguousNameError(InputError):
    """A name that more than one live spec bears."""


class NotFoundError(FlowServiceError):
    """A required spec that does not exist."""


class LostWriteError(FlowServiceError):
    """A write that the service accepted, but did not store."""


class NotAttemptedError(FlowServiceError):
    """A write that was not attempted because another one failed."""


class UnexpectedError(FlowServiceError):
    """A bug of this collection: an unexpected exception."""


def as_flow_service_error(error: Exception) -> FlowServiceError:
    """Return the error itself. Replace an unexpected error with one that a person can read.

    The fact ``traceback`` is a list of lines for the maintainers.
    """
    if isinstance(error, FlowServiceError):
        return error
    if isinstance(error, RecursionError):
        return InputError(
            "Could not compare a definition with the service: one of them is nested too deeply, by several hundred"
            " levels. Next step: remove the field from the definition. If the service added it, report it to Adobe."
        )
    return UnexpectedError(
        f"Could not complete the task: unexpected error in aep.flow_service: {type(error).__name__}: {error}."
        " Next step: run again with -vvv, and report the output as an issue of the collection.",
        traceback="".join(traceback.format_exception(error)).splitlines(),
    )
