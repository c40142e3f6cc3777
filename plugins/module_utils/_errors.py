# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Failures that a person is meant to read."""

from __future__ import annotations

import traceback


class FlowServiceError(Exception):
    """A failure with one clear sentence, and the facts behind it for a playbook to read.

    ``facts`` are JSON values that are returned next to ``msg`` by the failed task.
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def add(self, **facts: object) -> None:
        """Add facts that a caller further out knows; what is there already is kept."""
        self.facts = {**facts, **self.facts}


class InputError(FlowServiceError):
    """Bad input of the user, found before anything was written."""


class AmbiguousNameError(InputError):
    """A name that more than one live spec bears."""


class NotFoundError(FlowServiceError):
    """A spec that has to exist, and does not."""


class LostWriteError(FlowServiceError):
    """A write that the service answered, but did not keep."""


class NotAttemptedError(FlowServiceError):
    """What was left undone since something else failed."""


class UnexpectedError(FlowServiceError):
    """A fault of this collection: an exception that nobody foresaw."""


def as_flow_service_error(error: Exception) -> FlowServiceError:
    """The error itself, or, where nobody foresaw it, one for a person to read.

    The fact ``traceback``, a list of lines, is for those who mend it.
    """
    if isinstance(error, FlowServiceError):
        return error
    if isinstance(error, RecursionError):
        return InputError(
            "A definition, or a spec on the service, is nested too deeply to be compared: some hundred levels."
            " Next step: leave that field out, or report it to Adobe if it is not yours."
        )
    return UnexpectedError(
        f"Unexpected failure, most likely a fault of aep.flow_service: {type(error).__name__}: {error}."
        " Next step: run again with -vvv, and report what it prints.",
        traceback="".join(traceback.format_exception(error)).splitlines(),
    )
