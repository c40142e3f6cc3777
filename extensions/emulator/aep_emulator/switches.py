# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of the service leaves open, each as a switch with the likeliest behaviour as default."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

SPELLINGS = ("transformationSpecs", "transformationSpec", "transformationSpecDTOS")


def switch(default: t.Any, meaning: str, choices: tuple[str, ...] = ()) -> t.Any:
    """Declare a switch."""
    metadata = {"meaning": meaning, "choices": choices}
    if isinstance(default, list):
        return dataclasses.field(default_factory=lambda: list(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass
class Switches:
    """Every switch, as it stands."""

    # ruff: noqa: RUF009 - switch() is dataclasses.field() with a meaning

    etags: str = switch("off", "Where specs show an etag", ("off", "body", "header", "both"))
    require_if_match: bool = switch(False, "With etags on, refuse a PUT without If-Match")
    page_size: int = switch(0, "Specs on one page of a listing; 0 for all")
    next_link_style: str = switch(
        "relative", "What the link to the next page is", ("relative", "full_path", "absolute", "other_origin")
    )
    unknown_query: str = switch("error", "What unknown query parameters are", ("error", "ignore"))
    put_semantics: str = switch("replace", "What a PUT does with fields that it leaves out", ("replace", "merge"))
    owned_fields_in_put: str = switch(
        "ignore", "What happens to fields that the service owns in a body", ("ignore", "store", "refuse")
    )
    id_mismatch_in_put: str = switch("refuse", "An id in a PUT body unlike that of the path", ("refuse", "ignore"))
    unique_names: bool = switch(False, "Refuse a second spec of one name with 409")
    check_source_ids: bool = switch(False, "Refuse source ids that no connection spec has, with 1413-400")
    transformation_spellings: list[str] = switch(
        list(SPELLINGS), "The names under which a body's transformations are taken; others are dropped"
    )
    wrap_answers: str = switch(
        "never", "Which answers to writes are wrapped in items", ("never", "post", "put", "both")
    )
    put_answer: str = switch("stored", "What a PUT answers", ("stored", "before"))
    drop_fields: list[str] = switch([], "Fields that are taken and not kept")
    drop_empty_lists: bool = switch(False, "Do not keep fields that are empty lists")
    normalise: str = switch(
        "none", "How values are altered on write", ("none", "upper_version", "add_auth_required", "strip_text")
    )
    shuffle_sources: bool = switch(False, "Answer sourceConnectionSpecIds in another order")
    read_delay: float = switch(0.0, "Seconds after which a write shows in a GET by id")
    listing_delay: float = switch(0.0, "Seconds after which a write shows in a listing")
    token_lifetime: int = switch(86399, "Seconds for which a token is good")
    ims_error_status: int = switch(400, "The status with which IMS refuses a client")
    missing_sandbox: str = switch("default", "A request without x-sandbox-name", ("default", "error"))
    unknown_id: str = switch("404", "The answer for an unknown id", ("404", "400", "empty"))
    rate_limit: int = switch(0, "Requests a second after which 429 is answered; 0 for no limit")
    rate_limit_retry_after: int = switch(0, "Retry-After with such a 429, in seconds; 0 for none")
    write_permission: bool = switch(True, "Whether the client may write")

    @classmethod
    def described(cls) -> dict[str, dict[str, t.Any]]:
        """Every switch with its meaning and choices."""
        return {field.name: dict(field.metadata) for field in dataclasses.fields(cls)}


def checked(changes: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Switches by name, with values of the right type.

    Raises ValueError that says what is known.
    """
    defaults = Switches()
    described = Switches.described()
    result: dict[str, t.Any] = {}
    for name, value in changes.items():
        if name not in described:
            raise ValueError(f"there is no switch {name!r}; there are {', '.join(described)}")
        wanted = type(getattr(defaults, name))
        converted = float(value) if wanted is float and isinstance(value, int) else value
        if type(converted) is not wanted:
            raise ValueError(f"switch {name} takes {wanted.__name__}, not {value!r}")
        choices = described[name]["choices"]
        if choices and converted not in choices:
            raise ValueError(f"switch {name} takes one of {', '.join(choices)}, not {value!r}")
        result[name] = converted
    return result
