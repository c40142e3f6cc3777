# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The declaration of a check, and the problems that checks find.

A check is a pure function from a spec to problems. It knows no file, no Ansible, and no network.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t
from collections.abc import Callable, Iterator

Path = tuple[str, ...]
Position = tuple[int, int]
"""A line and a column, both counted from 1."""


class Severity(enum.IntEnum):
    """The severity of a problem; a higher number is worse."""

    HINT = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The severity as users read and write it."""
        return self.name.lower()


HINT: t.Final = Severity.HINT
WARNING: t.Final = Severity.WARNING
ERROR: t.Final = Severity.ERROR


@dataclasses.dataclass(frozen=True)
class Problem:
    """One problem in a definition: its path, a message that names the remedy, and its severity.

    Without a severity, that of the check holds. A position is given only where the path does not lead to it.
    """

    path: Path
    message: str
    severity: Severity | None = None
    position: Position | None = None


Problems = Iterator[Problem]


Subject = t.TypeVar("Subject")


@dataclasses.dataclass(frozen=True)
class Check(t.Generic[Subject]):
    """A check: its ID, its worst severity, the milder ones that it also uses, its source, and what it examines.

    ``source`` names the pages of Adobe's documentation that the check follows, or what else it rests on.
    """

    id: str
    severity: Severity
    summary: str
    source: str
    find: Callable[[Subject], Problems]
    milder: tuple[Severity, ...] = ()


def check(
    check_id: str, severity: Severity, summary: str, source: str, *milder: Severity
) -> Callable[[Callable[[Subject], Problems]], Check[Subject]]:
    """Declare the decorated function as a check."""

    def declare(find: Callable[[Subject], Problems]) -> Check[Subject]:
        return Check(check_id, severity, summary, source, find, milder)

    return declare
