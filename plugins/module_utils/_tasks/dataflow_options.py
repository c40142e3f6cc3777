# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The options of the module ``dataflow``, and the definition that they make: checked without a request."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import (
    JSON,
    JSONObject,
    Params,
    items_of,
    mapping_of,
    text_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import GENERIC_STREAMING, REST_STORAGE
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import check_time
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import (
    ArgumentSpec,
    backup_options,
    connection_options,
)

MAPPING: t.Final = "Mapping"
ONCE: t.Final = "once"
REPLACEMENT_SUFFIX: t.Final = ".replacement"
"""What the name of a flow ends with until the flow that it replaces is gone."""
_FREQUENCIES: t.Final = (ONCE, "minute", "hour", "day", "week")
_SHORTEST_INTERVALS: t.Final = {"minute": 15}
_SCHEMA_VERSION: t.Final = "application/vnd.adobe.xed-full+json;version="
_DEFAULT_TIMEOUT: t.Final = 300
_CONTENT: t.Final = (
    *("description", "source", "target", "mapping", "transformations", "options", "schedule", "labels", "enabled"),
)


@dataclasses.dataclass(frozen=True)
class Reference:
    """How a task names another object: by its ID, by its name, or not at all."""

    id: str | None = None
    name: str | None = None

    @classmethod
    def from_params(cls, params: Params, noun: str) -> Reference:
        """Read the options ``NOUN_id`` and ``NOUN_name``."""
        by_id, by_name = params[f"{noun}_id"], params[f"{noun}_name"]
        return cls(
            None if by_id is None else check_id(by_id, f"{noun}_id"),
            None if by_name is None else check_name(by_name, f"{noun}_name"),
        )

    @property
    def is_given(self) -> bool:
        """Whether the task names the object."""
        return self.id is not None or self.name is not None


@dataclasses.dataclass(frozen=True)
class End:
    """What a task defines of a source connection or a target connection, in the names of the API."""

    name: str | None = None
    data: JSONObject | None = None
    params: JSONObject | None = None


@dataclasses.dataclass(frozen=True)
class Dataflow:
    """What a task defines of a dataflow. None stands for what the task leaves as it is."""

    id: str | None
    name: str | None
    flow_spec: Reference
    account: Reference
    connection_spec: Reference
    source: End
    target: End
    flow: JSONObject
    """The fields of the flow that are given, but for its flow spec, in the names of the API."""
    is_enabled: bool | None
    is_present: bool
    can_replace: bool
    can_wait: bool
    wait_timeout: float
    dataset_name: str | None = None
    """The name of the dataset, where the task gives no ID of it."""

    @property
    def has_source(self) -> bool:
        """Whether the task names where the data comes from."""
        return self.account.is_given or self.connection_spec.is_given

    @property
    def is_streaming(self) -> bool:
        """Whether the source has no account."""
        return self.connection_spec.is_given and not self.account.is_given

    @property
    def default_flow_spec(self) -> str | None:
        """The flow spec that is meant where the task names none."""
        if not self.has_source:
            return None
        return GENERIC_STREAMING if self.is_streaming else REST_STORAGE

    @property
    def mapping_id(self) -> str | None:
        """The mapping set that the task names."""
        for each in map(mapping_of, items_of(self.flow.get("transformations"))):
            if each["name"] == MAPPING:
                return text_of(mapping_of(each["params"])["mappingId"])
        return None

    @property
    def label(self) -> str:
        """How a message names the dataflow."""
        return f"dataflow {self.name!r}" if self.name is not None else f"dataflow {self.id}"

    @classmethod
    def from_params(cls, params: Params) -> Dataflow:
        """Read and check the options of a task.

        Raises InputError.
        """
        if params["id"] is None and params["name"] is None:
            raise InputError(
                "Could not use id: it is null, and name is not set. In check mode, this is the ID of a dataflow that is"
                " not created yet. No changes were made. Next step: set name."
            )
        _check_name(params["name"])
        if params["wait_timeout"] < 0:
            raise InputError(
                f"Could not use wait_timeout: it is {params['wait_timeout']}. No changes were made. Next step: set 0 or"
                " more seconds."
            )
        is_present = params["state"] == "present"
        if not is_present:
            _check_absent(params)
        definition = cls(
            id=None if params["id"] is None else check_id(params["id"], "id"),
            name=None if params["name"] is None else check_name(params["name"], "name"),
            flow_spec=Reference.from_params(params, "flow_spec"),
            account=Reference.from_params(params, "connection"),
            connection_spec=Reference.from_params(params, "connection_spec"),
            source=_read_source(params["source"] or {}),
            target=_read_target(params["target"] or {}),
            flow=_read_flow(params),
            is_enabled=params["enabled"],
            is_present=is_present,
            can_replace=params["on_replace"] == "replace",
            can_wait=params["wait"],
            wait_timeout=params["wait_timeout"],
            dataset_name=_read_dataset_name(params["target"] or {}),
        )
        if definition.is_streaming and "scheduleParams" in definition.flow:
            raise InputError(
                "Could not use schedule: a streaming source, which connection_spec_id or connection_spec_name names"
                " without an account, has no schedule. No changes were made. Next step: remove schedule, or name the"
                " account of the source by connection_id or connection_name."
            )
        return definition


def dataflow_options() -> ArgumentSpec:
    """Return the options of the module ``dataflow``."""
    return {
        **connection_options(),
        **backup_options(),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "id": {"type": "str"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "flow_spec_id": {"type": "str"},
        "flow_spec_name": {"type": "str"},
        "connection_id": {"type": "str"},
        "connection_name": {"type": "str"},
        "connection_spec_id": {"type": "str"},
        "connection_spec_name": {"type": "str"},
        "source": {
            "type": "dict",
            "options": {"name": {"type": "str"}, "data": {"type": "dict"}, "params": {"type": "dict"}},
        },
        "target": {
            "type": "dict",
            "options": {
                "name": {"type": "str"},
                "dataset_id": {"type": "str"},
                "dataset_name": {"type": "str"},
                "schema_id": {"type": "str"},
                "schema_version": {"type": "str"},
                "data": {"type": "dict"},
            },
        },
        "mapping": {"type": "dict", "options": {"id": {"type": "str"}, "version": {"type": "int"}}},
        "transformations": {
            "type": "list",
            "elements": "dict",
            "options": {"name": {"type": "str", "required": True}, "params": {"type": "dict"}},
        },
        "options": {"type": "dict"},
        "schedule": {
            "type": "dict",
            "options": {
                "frequency": {"type": "str", "choices": list(_FREQUENCIES)},
                "interval": {"type": "int"},
                "start_time": {"type": "str"},
                "backfill": {"type": "bool"},
            },
        },
        "labels": {"type": "list", "elements": "str"},
        "enabled": {"type": "bool"},
        "on_replace": {"type": "str", "choices": ["fail", "replace"], "default": "fail"},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": _DEFAULT_TIMEOUT},
    }


def _check_name(name: str | None) -> None:
    if name is not None and name.endswith(REPLACEMENT_SUFFIX):
        raise InputError(
            f"Could not use name: {name!r} ends with {REPLACEMENT_SUFFIX}, which marks a flow that is about to replace"
            " another one. No changes were made. Next step: set the name without this suffix."
        )


def _check_absent(params: Params) -> None:
    """Check that a dataflow to delete has no content but the names of its connections."""
    given = [option for option in _CONTENT if params[option] is not None and option not in ("source", "target")]
    for option in ("source", "target"):
        given += [f"{option}.{key}" for key, value in (params[option] or {}).items() if value is not None]
    given = [option for option in given if option not in ("source.name", "target.name")]
    if given:
        raise InputError(
            f"Could not use {', '.join(given)}: state is absent, and a dataflow that is deleted has no content."
            " No changes were made. Next step: remove these options, or set state to present."
        )


def _read_source(source: Params) -> End:
    return End(_optional_name(source.get("name"), "source.name"), source.get("data"), source.get("params"))


def _read_target(target: Params) -> End:
    data = dict(target.get("data") or {})
    schema = dict(data.get("schema") or {})
    if target.get("schema_id") is not None:
        schema["id"] = check_name(target["schema_id"], "target.schema_id")
    if target.get("schema_version") is not None:
        version = check_name(target["schema_version"], "target.schema_version")
        schema["version"] = f"{_SCHEMA_VERSION}{version}" if version.isdecimal() else version
    if schema:
        data["schema"] = schema
    dataset = target.get("dataset_id")
    return End(
        _optional_name(target.get("name"), "target.name"),
        data or None,
        None if dataset is None else {"dataSetId": check_id(dataset, "target.dataset_id")},
    )


def _read_dataset_name(target: Params) -> str | None:
    if target.get("dataset_id") is not None and target.get("dataset_name") is not None:
        raise InputError(
            "Could not use target.dataset_name: target.dataset_id is set as well, and only one of them names the"
            " dataset. No changes were made. Next step: remove one of them."
        )
    return _optional_name(target.get("dataset_name"), "target.dataset_name")


def _optional_name(value: JSON, place: str) -> str | None:
    return None if value is None else check_name(value, place)


def _read_flow(params: Params) -> JSONObject:
    flow: JSONObject = {}
    if params["name"] is not None:
        flow["name"] = params["name"]
    for option in ("description", "labels", "options"):
        if params[option] is not None:
            flow[option] = params[option]
    transformations = _read_transformations(params)
    if transformations:
        flow["transformations"] = transformations
    if params["schedule"] is not None:
        flow["scheduleParams"] = _read_schedule(params["schedule"])
    return flow


def _read_transformations(params: Params) -> list[JSON]:
    found: list[JSON] = []
    mapping = params["mapping"]
    if mapping is not None:
        if mapping["id"] is None:
            raise InputError(
                "Could not use mapping: it has no ID. No changes were made. Next step: set mapping.id to the ID of a"
                " mapping set, such as the result id of aep.flow_service.mapping_set."
            )
        version = {} if mapping["version"] is None else {"mappingVersion": mapping["version"]}
        found.append({"name": MAPPING, "params": {"mappingId": check_id(mapping["id"], "mapping.id"), **version}})
    for index, each in enumerate(params["transformations"] or []):
        place = f"transformations[{index}].name"
        name = check_name(each["name"], place)
        if name == MAPPING or any(name == mapping_of(other)["name"] for other in found):
            reason = "option mapping sets this transformation" if name == MAPPING else "another entry has this name"
            raise InputError(
                f"Could not use {place}: {name!r} is not unique, because {'the ' if name == MAPPING else ''}{reason}."
                " No changes were made. Next step: remove the entry, or merge it into the other one."
            )
        found.append({"name": name, **({} if each["params"] is None else {"params": each["params"]})})
    return found


def _read_schedule(schedule: Params) -> JSONObject:
    found: JSONObject = {
        field: schedule[option]
        for option, field in (("frequency", "frequency"), ("interval", "interval"), ("backfill", "backfill"))
        if schedule[option] is not None
    }
    if schedule["start_time"] is not None:
        found["startTime"] = check_time(schedule["start_time"], "schedule.start_time")
    check_schedule(found)
    if found.get("frequency") == ONCE:
        # A flow that repeated until now loses these.
        found |= {"interval": None, "backfill": None}
    return found


def check_schedule(schedule: Mapping[str, JSON]) -> None:
    """Check a schedule, in the names of the API, for what the service rejects.

    Raises InputError that names the option.
    """
    frequency, interval = schedule.get("frequency"), schedule.get("interval")
    if frequency == ONCE:
        for option in ("interval", "backfill"):
            if schedule.get(option) is not None:
                raise InputError(
                    f"Could not use schedule.{option}: a dataflow of the frequency once has no {option}. No changes"
                    f" were made. Next step: remove schedule.{option}, or set another frequency."
                )
    shortest = _SHORTEST_INTERVALS.get(str(frequency), 1)
    number = int(interval) if isinstance(interval, str) and interval.isdecimal() else interval
    if isinstance(number, int) and number < shortest:
        raise InputError(
            f"Could not use schedule.interval: it is {number}, and must be at least {shortest}"
            f"{f' for the frequency {frequency}' if frequency else ''}. No changes were made. Next step: set"
            f" schedule.interval to {shortest} or more."
        )


def check_new_schedule(schedule: Mapping[str, JSON]) -> None:
    """Check the schedule of a new flow, in the names of the API.

    Raises InputError that names the option.
    """
    check_schedule(schedule)
    needed = ["frequency"] if schedule.get("frequency") == ONCE else ["frequency", "interval"]
    missing = [f"schedule.{option}" for option in needed if schedule.get(option) is None]
    if missing:
        raise InputError(
            f"Could not use schedule: a new flow needs {' and '.join(missing)}. No changes were made. Next step: set"
            f" {' and '.join(missing)}, such as frequency once, or frequency minute with interval 15."
        )
