# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with the answers of a service, as tests inject it."""

from __future__ import annotations

import copy
import json
import random
import typing as t

UNCLEAR: dict[str, dict[str, t.Any]] = {
    "reset before": {"type": "reset", "when": "before"},
    "reset after": {"type": "reset", "when": "after"},
    "time-out before": {"type": "delay", "seconds": 1.5, "when": "before"},
    "time-out after": {"type": "delay", "seconds": 1.5, "when": "after"},
    "truncated": {"type": "truncate"},
    "not JSON": {"type": "replace_body", "body": "<html>", "content_type": "text/html"},
    "without id": {"type": "replace_body", "body": {"name": "only-once"}},
    **{
        f"{status} {when}": {"type": "status", "status": status, "when": when}
        for status in (500, 502, 503, 504)
        for when in ("before", "after")
    },
    "429": {"type": "status", "status": 429, "retry_after": 0},
}

RUBBISH = {
    "page": "<html></html>",
    "no items": {"things": []},
    "items is a mapping": {"items": {}},
    "items of texts": {"items": ["x"]},
    "items without id": {"items": [{"name": "x"}]},
    "id is a number": {"items": [{"id": 5}]},
    "another spec": {"items": [{"id": "another"}]},
    "NaN": '{"items": [{"id": "x", "a": NaN}]}',
    "twice": '{"items": [], "items": []}',
    "null": "null",
    "cut": '{"items": [',
    "deep": "[" * 100_000,
    "not UTF-8": '{"items": ["\udcff"]}',
}

STRANGE_TEXTS = ("", "x", "{{ 1 }}", "\udcff", "\ud800")
WRONG: list[t.Any] = [None, True, 0, -1.5, [], {}, [[]], [None], {"a": None}, 10**400, *STRANGE_TEXTS]


def fuzzed(answer: t.Any, chance: random.Random) -> t.Any:
    """An answer with something wrong at one place of it, or at several."""
    answer = copy.deepcopy(answer)
    for _time in range(chance.choice((1, 1, 1, 3))):
        place = answer
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = chance.choice(keys)
            if isinstance(place[key], (dict, list)) and place[key] and chance.random() < 0.6:
                place = place[key]
                continue
            if chance.random() < 0.3:
                del place[key]
            else:
                place[key] = copy.deepcopy(chance.choice(WRONG))
            break
    return answer


def dumped(answer: t.Any) -> str:
    """As JSON, and where a text has a byte that is no UTF-8, as that byte."""
    return json.dumps(answer).replace("\\udcff", "\udcff")
