# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The sources of the checks.

A name that ends in ``.md`` is a page of Adobe's documentation, below ``help/sources/sources-sdk`` of ``REPOSITORY``.
"""

from __future__ import annotations

import typing as t

REPOSITORY: t.Final = "AdobeDocs/experience-platform.en"
FOLDER: t.Final = "help/sources/sources-sdk"

AUTHENTICATION: t.Final = "config/authspec.md"
EXPLORE: t.Final = "config/explorespec.md"
SOURCE: t.Final = "config/sourcespec.md"
CREATE: t.Final = "api/create.md"
CREATE_STREAMING: t.Final = "streaming/create.md"
UPDATE_FLOW_SPECS: t.Final = "api/update-flow-specs.md"
OPENAPI: t.Final = "OpenAPI description"
ERRORS: t.Final = "../errors/flow-service-errors.md"
PAYLOADS: t.Final = "published payloads"
INFERENCE: t.Final = "inference"
YAML: t.Final = "YAML"

LEGEND: t.Final = {
    OPENAPI: "Adobe's published OpenAPI description of the Flow Service, `flow-service.yaml`.",
    PAYLOADS: "The requests and responses that Adobe's pages print.",
    INFERENCE: "A conclusion from these that no page states.",
    YAML: "The rules of YAML, not of Adobe.",
}
"""What the names mean that are no pages."""


def sources(*names: str) -> str:
    """Join the names of sources."""
    return "; ".join(names)
