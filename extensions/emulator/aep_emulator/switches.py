# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of the service leaves open, each as a switch with the likeliest behavior as default."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SPELLINGS = ("transformationSpecs", "transformationSpec", "transformationSpecDTOS")


class Switches(BaseModel):
    """Every switch, as it stands."""

    model_config = ConfigDict(extra="forbid", strict=True)

    etags: t.Literal["off", "body", "header", "both"] = Field("off", description="Where specs show an etag")
    require_if_match: bool = Field(False, description="With etags on, reject a PUT without If-Match")
    page_size: int = Field(0, ge=0, description="Specs on one page of a listing; 0 for all")
    next_link_style: t.Literal["relative", "full_path", "absolute", "other_origin"] = Field(
        "relative", description="What the link to the next page is"
    )
    next_link_query: t.Literal["all", "token_first", "token_only"] = Field(
        "all",
        description="What the query of the link to the next page is: that of the request and then the token,"
        " the token first, or the token alone",
    )
    property_projection: bool = Field(
        False, description="Whether property=a,b, without an operator, selects these fields; otherwise, it is an error"
    )
    unknown_query: t.Literal["error", "ignore"] = Field(
        "error", description="The treatment of unknown query parameters"
    )
    put_semantics: t.Literal["replace", "merge"] = Field(
        "replace", description="The treatment of fields that a PUT omits"
    )
    owned_fields_in_put: t.Literal["ignore", "store", "refuse"] = Field(
        "ignore", description="The treatment of read-only fields in a body"
    )
    id_mismatch_in_put: t.Literal["refuse", "ignore"] = Field(
        "refuse", description="The treatment of an ID in a PUT body that differs from the path"
    )
    unique_names: bool = Field(
        False, description="Reject a second spec with the same name with 409, and a second object with 400"
    )
    check_source_ids: bool = Field(False, description="Refuse source ids that no connection spec has, with 1413-400")
    transformation_spellings: list[str] = Field(
        list(SPELLINGS), description="The names under which a body's transformations are taken; others are dropped"
    )
    wrap_answers: t.Literal["never", "post", "put", "both"] = Field(
        "never", description="Which responses to writes are wrapped in items"
    )
    put_answer: t.Literal["stored", "before"] = Field(
        "stored", description="Whether the response to a PUT has the new spec, or the previous one"
    )
    write_answers: t.Literal["full", "id"] = Field(
        "full", description="The response to a POST or PUT: the spec, or its ID alone"
    )
    dropped_fields: list[str] = Field(
        [],
        description="Fields that are accepted and not stored, as dotted paths; * stands for any key or item,"
        " a number for an item",
    )
    drop_fields: list[str] = Field([], description="The older name of dropped_fields; both apply")
    drop_empty_lists: bool = Field(False, description="Do not keep fields that are empty lists")
    normalise: t.Literal["none", "upper_version", "add_auth_required", "strip_text"] = Field(
        "none", description="How values are altered on write"
    )
    shuffle_sources: bool = Field(False, description="RawResponse sourceConnectionSpecIds in another order")
    read_delay: float = Field(0.0, ge=0, description="Seconds after which a write shows in a GET by id")
    listing_delay: float = Field(0.0, ge=0, description="Seconds after which a write shows in a listing")
    token_lifetime: int = Field(86399, description="Seconds for which a token is good")
    ims_error_status: int = Field(400, description="The status with which IMS rejects a client")
    missing_sandbox: t.Literal["default", "error"] = Field(
        "default", description="What a request without x-sandbox-name is"
    )
    sandboxes: list[str] = Field([], description="The sandboxes that there are; empty for any that is asked for")
    unknown_id: t.Literal["404", "400", "empty"] = Field("404", description="The response for an unknown ID")
    secrets_in_answers: t.Literal["masked", "absent", "placeholder", "clear"] = Field(
        "masked", description="How base connections show parameters that the connection spec marks as passwords"
    )
    credential_check: t.Literal["accept", "fail"] = Field(
        "accept", description="Whether the source accepts the credentials of a new base connection"
    )
    connection_test: t.Literal["true", "false", "text", "error"] = Field(
        "true", description="What the test of a base connection responds: an object, the text true, or an error"
    )
    explore_error: bool = Field(False, description="Whether explore responds with an error of the source")
    explore_answer: t.Literal["full", "data"] = Field(
        "full", description="Whether explore of the objectType rest has format and schema, or data alone"
    )
    enable_time: float = Field(0.0, ge=0, description="Seconds until a new or enabled flow has the state enabled")
    update_time: float = Field(0.0, ge=0, description="Seconds for which an updated object has the state updating")
    deletion_time: float = Field(
        0.0, ge=0, description="Seconds for which a deleted object exists with the state delete-finalizing"
    )
    delete_status: t.Literal[202, 204] = Field(204, description="The status of the response to DELETE")
    past_start_time: t.Literal["accept", "error"] = Field(
        "accept", description="Whether a new flow can have a startTime in the past"
    )
    require_mapping: bool = Field(False, description="Whether a new flow must have the transformation Mapping")
    run_delay: float = Field(
        1.0,
        ge=0,
        description="Seconds until the first run of an enabled flow, or until the run after a record. The startTime"
        " has no effect",
    )
    run_time: float = Field(0.5, ge=0, description="Seconds from the start of a run to its end")
    run_speed: float = Field(1.0, gt=0, description="Seconds of a schedule that pass in a second")
    run_outcome: t.Literal["success", "partial", "failed", "never"] = Field(
        "success", description="How runs end: partial has one failed record, never starts no scheduled run"
    )
    on_demand_runs: t.Literal["once", "unsupported"] = Field(
        "once", description="Whether flows with the frequency once can have runs on demand"
    )
    run_answer: t.Literal["wrapped", "bare", "whole"] = Field(
        "wrapped", description="What POST of a run responds: ID and etag in items, bare, or the whole run"
    )
    rate_limit: int = Field(0, ge=0, description="Requests a second after which 429 is answered; 0 for no limit")
    rate_limit_retry_after: int = Field(0, ge=0, description="Retry-After with such a 429, in seconds; 0 for none")
    write_permission: bool = Field(True, description="Whether the client may write")


def validate_switches(changes: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Check the names of switches, and the types of their values.

    Raises ValueError that names what is wrong.
    """
    try:
        return Switches.model_validate(dict(changes)).model_dump(exclude_unset=True)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ValueError(f"{wrong}. The switches are {', '.join(Switches.model_fields)}") from None
