# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Wait until an object is as it was asked to be: the service answers before it has done all of its work."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, NotFoundError

_FIRST_PAUSE: t.Final = 0.25
_LONGEST_PAUSE: t.Final = 5.0

T = t.TypeVar("T")


class WaitTimeoutError(FlowServiceError):
    """What was waited for did not come in time."""


def read(collection: Collection, live: LiveSpec) -> LiveSpec:
    """Read an object again that was there.

    Raises NotFoundError.
    """
    found = collection.get(live.id)
    if found is None:
        raise NotFoundError(
            f"Could not read {collection.kind.label(live.spec)} again: the service returned it before, and does not"
            " find it now. Next step: check whether another client changed the sandbox, then run again."
        )
    return found


def read_settled(collection: Collection, live: LiveSpec, timeout: float) -> LiveSpec:
    """Read an object until the service no longer works on it, for so many seconds at most.

    Raises WaitTimeoutError that names the state.
    """
    busy = collection.kind.busy_states
    last = live

    def is_settled() -> LiveSpec | None:
        nonlocal last
        last = read(collection, live)
        return None if last.spec.get("state") in busy else last

    settled = poll(is_settled, timeout)
    if settled is None:
        raise WaitTimeoutError(
            f"Could not wait for {collection.kind.label(last.spec)}: it is still in the state {last.spec.get('state')}"
            f" after {timeout:g} s. Next step: run the task again later. It continues from the state at that time.",
            id=live.id,
        )
    return settled


def poll(look: Callable[[], T | None], timeout: float, pauses: Iterable[float] | None = None) -> T | None:
    """Call ``look`` until it returns something; None where it does not within so many seconds.

    ``pauses`` are the seconds between two calls, without end. By default, they grow.
    """
    end = time.monotonic() + timeout
    pause = iter(_growing_pauses() if pauses is None else pauses)
    while True:
        found = look()
        left = end - time.monotonic()
        if found is not None or left <= 0:
            return found
        time.sleep(min(next(pause), left))


def _growing_pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)
