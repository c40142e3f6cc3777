# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Datasets of the Catalog, which are only read: by ID, and by name."""

from __future__ import annotations

import typing as t
import urllib.parse
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service, UnreadableAnswerError
from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, NotFoundError
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import ServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec

_PATH: t.Final = "/data/foundation/catalog/dataSets"
_CONTENT_TYPE: t.Final = "application/vnd.adobe.xed-full+json;version=1"


class Dataset(t.NamedTuple):
    """A dataset: its ID and its schema, in the names of a target connection. The schema is empty if it is not known."""

    id: str
    schema: Spec


def read_dataset(service: Service, dataset_id: str, label: str) -> Dataset:
    """Return the dataset with an ID. ``label`` names the object that refers to it.

    Raises NotFoundError, and ServiceError.
    """
    url = f"{service.settings.base_url}{_PATH}/{urllib.parse.quote(dataset_id, safe='')}"
    try:
        body = _read(service, url, f"read dataset {dataset_id}")
    except ServiceError as error:
        if error.status != 404:
            raise
        body = {}
    dataset = body.get(dataset_id) if isinstance(body, Mapping) else None
    if not isinstance(dataset, Mapping):
        raise NotFoundError(
            f"Could not find the dataset {dataset_id} of the {label}: sandbox {service.settings.sandbox_name} has"
            " none. No changes were made. Next step: check target.dataset_id and sandbox_name, or create the dataset"
            " first."
        )
    return _as_dataset(dataset_id, dataset)


def find_dataset(service: Service, name: str, option: str, label: str) -> Dataset:
    """Return the dataset with a name, from the ``option`` of this name.

    Raises NotFoundError, AmbiguousNameError, UnreadableAnswerError, and ServiceError.
    """
    url = f"{service.settings.base_url}{_PATH}?{urllib.parse.urlencode({'name': name})}"
    body = _read(service, url, f"list the datasets with the name {name!r}")
    if not isinstance(body, Mapping):
        raise UnreadableAnswerError(
            service.transport.redact(
                f"Could not list the datasets with the name {name!r}: GET {url} answered without an object of datasets."
                " Next step: check that base_url is that of the platform, or report it to Adobe."
            )
        )
    # Nothing says whether the filter of the service is exact.
    found = {key: item for key, item in body.items() if isinstance(item, Mapping) and item.get("name") == name}
    if not found:
        raise NotFoundError(
            f"Could not find the dataset {name!r} of the {label}: sandbox {service.settings.sandbox_name} has none."
            f" No changes were made. Next step: check {option} and sandbox_name, or create the dataset first."
        )
    if len(found) > 1:
        raise AmbiguousNameError(
            f"Could not use {option} of the {label}: {len(found)} datasets have the name {name!r},"
            f" {', '.join(sorted(found))}. No changes were made. Next step: set the ID of one of them instead.",
            ids=sorted(found),
        )
    return _as_dataset(*found.popitem())


def _read(service: Service, url: str, what: str) -> JSON:
    return service.transport.with_retries(lambda: service.request("GET", url, what)).body


def _as_dataset(dataset_id: str, dataset: Mapping[str, JSON]) -> Dataset:
    schema = dataset.get("schemaRef")
    if not isinstance(schema, Mapping) or not schema.get("id"):
        return Dataset(dataset_id, {})
    return Dataset(dataset_id, {"id": schema["id"], "version": schema.get("contentType") or _CONTENT_TYPE})
