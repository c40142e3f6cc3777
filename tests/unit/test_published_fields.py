# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the fields of specs out of an OpenAPI description."""

from __future__ import annotations

from published_fields import Description

TEXT = """
components:
  responses:
    listing:
      content:
        application/json:
          schema:
            properties:
              items:
                type: array
                items: {$ref: "#/components/schemas/stored"}
  schemas:
    identity: {properties: {name: {}, providerId: {}}}
    stored:
      allOf:
        - $ref: "#/components/schemas/identity"
        - properties: {id: {}}
paths:
  /flowSpecs:
    parameters: [{name: anything}]
    get: {responses: {"200": {$ref: "#/components/responses/listing"}}}
    post:
      requestBody:
        content:
          application/json:
            schema:
              oneOf: [{$ref: "#/components/schemas/identity"}, {properties: {version: {}}}]
      responses: {"201": {description: nothing}}
  /flowSpecs/{ID}:
    put:
      requestBody: {content: {application/json: {schema: {properties: {policy: {}}}}}}
  /flowSpecs/search:
    post:
      requestBody: {content: {application/json: {schema: {properties: {queryString: {}}}}}}
  /flowSpecs/{ID}/configs:
    post:
      requestBody: {content: {application/json: {schema: {properties: {other: {}}}}}}
"""


def test_fields_come_from_requests_and_answers_of_specs_alone() -> None:
    description = Description(TEXT)
    assert description.fields("flowSpecs") == {
        "requests": ["name", "policy", "providerId", "version"],
        "answers": ["id", "name", "providerId"],
    }
    assert description.fields("connectionSpecs") == {"requests": [], "answers": []}
