# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Create an object once: a POST cannot be repeated, and its answer can be lost."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    Collection,
    LiveSpec,
    UnreadableAnswerError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, FlowServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import ServiceError, is_transient
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec

# How often settle_time is waited for an object that a POST may have created to show up.
_LOOKS_AFTER_UNCLEAR_POST: t.Final = (1, 2, 4)

Find = Callable[[], "LiveSpec | None"]
"""Looks for the object that a POST was to create. Raises AmbiguousNameError where several fit."""


Post = Callable[[], LiveSpec]
"""Sends a POST that creates an object, once."""


def create(collection: Collection, body: Spec, find: Find) -> tuple[LiveSpec, bool]:
    """Send the POST; after an unclear failure, look whether it took effect before it is sent again.

    Returns the object, and whether it was found so, and not in the answer to a POST.
    Raises FlowServiceError.
    """
    return create_by(collection, lambda: collection.create(body), find)


def create_by(collection: Collection, post: Post, find: Find) -> tuple[LiveSpec, bool]:
    """Send a POST that creates an object in the collection, as ``create`` does."""
    budget = collection.transport.budget()
    is_repeated = False
    while True:
        sent = _send(post)
        if isinstance(sent, LiveSpec):
            break
        # An answer that cannot be read came after a success: the object is there, or nothing helps.
        last = isinstance(sent, UnreadableAnswerError)
        if not last:
            try:
                budget.wait(sent)
            except FlowServiceError:
                last = True
        adopted = _find_after_failed_post(collection, sent, find)
        if adopted is not None:
            return adopted, True
        if last:
            raise sent
        is_repeated = True
    if is_repeated:
        # The first POST may show its effect only now.
        time.sleep(collection.settings.settle_time)
        find()
    return sent, False


def _send(post: Post) -> LiveSpec | FlowServiceError:
    """Send the POST: the object, or the failure that leaves open whether it was created or may pass."""
    try:
        return post()
    except FlowServiceError as error:
        if is_transient(error) or isinstance(error, UnreadableAnswerError):
            return error
        raise


def _find_after_failed_post(collection: Collection, failure: FlowServiceError, find: Find) -> LiveSpec | None:
    is_refused = isinstance(failure, ServiceError) and failure.status == 429
    for pause in (0,) if is_refused else (0, *_LOOKS_AFTER_UNCLEAR_POST):
        time.sleep(pause * collection.settings.settle_time)
        try:
            found = find()
        except AmbiguousNameError:
            raise
        except FlowServiceError as error:
            raise FlowServiceError(
                f"{failure.reason} Whether the {collection.kind.noun} was created is not known, because the check"
                f" for it failed as well: {error.reason} Next step: run the task again. It checks before it creates.",
                **failure.facts,
            ) from None
        if found is not None:
            return found
    return None


def read_new(collection: Collection, live: LiveSpec) -> LiveSpec | None:
    """Read an object that was just created; None where the service does not show it in time."""
    for pause in (0, *_LOOKS_AFTER_UNCLEAR_POST):
        time.sleep(pause * collection.settings.settle_time)
        found = collection.get(live.id)
        if found is not None or collection.settings.settle_time == 0:
            return found
    return None
