# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_token:
    description:
      - The token of Adobe IMS to send with every request. If it is set, the module requests no token.
      - The module removes a leading C(Bearer).
      - One of O(access_token) and O(client_secret) is required.
      - If not set, the environment variable E(AEP_ACCESS_TOKEN) is used.
    type: str
  client_id:
    description:
      - The client ID of the technical account, called API key in the Adobe Developer Console.
        Every request carries it as C(x-api-key).
      - Required, as an option or in the environment.
      - If not set, the environment variable E(AEP_CLIENT_ID) is used.
    type: str
    aliases:
      - api_key
  client_secret:
    description:
      - The client secret of the technical account, to request a token from Adobe IMS by client credentials.
      - If not set, the environment variable E(AEP_CLIENT_SECRET) is used.
    type: str
  scopes:
    description:
      - The scopes of the requested token.
      - If not set, the environment variable E(AEP_SCOPES) is used, a list with commas between its items.
    type: list
    elements: str
    default:
      - openid
      - session
      - AdobeID
      - read_organizations
      - additional_info.projectedProductContext
  org_id:
    description:
      - The ID of the organization, such as C(0123456789ABCDEF01234567@AdobeOrg).
      - Required, as an option or in the environment.
      - If not set, the environment variable E(AEP_ORG_ID) is used.
    type: str
  sandbox_name:
    description:
      - The name of the sandbox, in lower case.
      - If not set, the environment variable E(AEP_SANDBOX_NAME) is used.
    type: str
    default: prod
  base_url:
    description:
      - The base URL of Adobe Experience Platform. The module adds the path of the Flow Service, C(/data/foundation/flowservice).
      - C(http) is accepted for loopback hosts only.
      - If not set, the environment variable E(AEP_BASE_URL) is used.
    type: str
    default: https://platform.adobe.io
  ims_url:
    description:
      - The base URL of Adobe IMS. The module adds the path C(/ims/token/v3).
      - C(http) is accepted for loopback hosts only.
      - If not set, the environment variable E(AEP_IMS_URL) is used.
    type: str
    default: https://ims-na1.adobelogin.com
  validate_certs:
    description:
      - Whether to verify the certificates of the service, of Adobe IMS, and of an C(https) proxy.
      - If V(false), the task warns that another server can impersonate the service.
      - If not set, the environment variable E(AEP_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory with the certificates of trusted authorities.
      - If not set, the environment variable E(AEP_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE)
        and E(SSL_CERT_FILE), then the authorities of the Python package C(certifi).
    type: path
  client_cert:
    description:
      - A file with a client certificate, in PEM format. The file can also contain the key.
      - If not set, the environment variable E(AEP_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - A file with the key of O(client_cert), in PEM format and without a passphrase.
      - If not set, the environment variable E(AEP_CLIENT_KEY) is used.
    type: path
  proxy:
    description:
      - The URL of a proxy for all requests, such as C(http://USER:PASSWORD@HOST:PORT). Without a scheme, C(http) is used.
      - Percent-encode special characters in the user name and the password, for example C(#) as C(%23).
      - If not set, the environment variable E(AEP_PROXY) is used, then the usual E(HTTPS_PROXY), E(HTTP_PROXY)
        and E(NO_PROXY).
    type: str
  timeout:
    description:
      - The time limit of one request in seconds, from the connection to the last byte of the response.
      - If not set, the environment variable E(AEP_TIMEOUT) is used.
    type: float
    default: 60.0
  retries:
    description:
      - The number of attempts of a request, including the first one, if the connection fails or times out, or if the
        service responds with C(429), C(500), C(502), C(503), or C(504).
      - The module honors C(Retry-After) in the response. Otherwise, the pauses increase, with random variation.
      - Before the module sends a request that creates a spec again, it checks whether the spec exists.
      - If not set, the environment variable E(AEP_RETRIES) is used.
    type: int
    default: 5
  retry_deadline:
    description:
      - The time in seconds after the start of the task after which the module sends no request again.
      - If not set, the environment variable E(AEP_RETRY_DEADLINE) is used.
    type: float
    default: 300.0
  settle_time:
    description:
      - The time in seconds between an update and the read that verifies it. The Flow Service has no version of a spec that
        protects it from a second writer. So the module reads the spec immediately before it writes, waits, and reads again. If
        its change is gone, it merges and writes again. No link is lost if the update of every writer takes effect within this
        time of its read.
      - After a creation, the module lists the specs with this name again, because another controller can create one at the
        same time. It waits only if the new spec is not listed yet.
      - V(0) disables the wait, and the check after a creation. Use it only if no other client writes.
      - If not set, the environment variable E(AEP_SETTLE_TIME) is used.
    type: float
    default: 1.0
  token_cache:
    description:
      - Whether to store a requested token for later tasks, until shortly before it expires. Only the user who runs the task can
        read the file. It is below E(XDG_CACHE_HOME), by default C(~/.cache). A relative path in E(XDG_CACHE_HOME) is ignored.
      - If not set, the environment variable E(AEP_TOKEN_CACHE) is used.
    type: bool
    default: true
requirements:
  - requests
  - PyYAML
notes:
  - The host of the task sends the requests. This is usually the controller, with C(hosts=localhost) or
    C(delegate_to=localhost). A lookup always runs on the controller.
  - No output contains tokens or secrets. The module does not follow redirects.
  - An empty environment variable equals one that is not set.
"""

    # For lookups, after the standard fragment: where else than in its terms a lookup finds its options.
    LOOKUP = r"""
options:
  access_token:
    env:
      - name: AEP_ACCESS_TOKEN
    vars:
      - name: aep_access_token
  client_id:
    env:
      - name: AEP_CLIENT_ID
    vars:
      - name: aep_client_id
  client_secret:
    env:
      - name: AEP_CLIENT_SECRET
    vars:
      - name: aep_client_secret
  scopes:
    env:
      - name: AEP_SCOPES
    vars:
      - name: aep_scopes
  org_id:
    env:
      - name: AEP_ORG_ID
    vars:
      - name: aep_org_id
  sandbox_name:
    env:
      - name: AEP_SANDBOX_NAME
    vars:
      - name: aep_sandbox_name
  base_url:
    env:
      - name: AEP_BASE_URL
    vars:
      - name: aep_base_url
  ims_url:
    env:
      - name: AEP_IMS_URL
    vars:
      - name: aep_ims_url
  validate_certs:
    env:
      - name: AEP_VALIDATE_CERTS
    vars:
      - name: aep_validate_certs
  ca_path:
    env:
      - name: AEP_CA_PATH
    vars:
      - name: aep_ca_path
  client_cert:
    env:
      - name: AEP_CLIENT_CERT
    vars:
      - name: aep_client_cert
  client_key:
    env:
      - name: AEP_CLIENT_KEY
    vars:
      - name: aep_client_key
  proxy:
    env:
      - name: AEP_PROXY
    vars:
      - name: aep_proxy
  timeout:
    env:
      - name: AEP_TIMEOUT
    vars:
      - name: aep_timeout
  retries:
    env:
      - name: AEP_RETRIES
    vars:
      - name: aep_retries
  retry_deadline:
    env:
      - name: AEP_RETRY_DEADLINE
    vars:
      - name: aep_retry_deadline
  settle_time:
    env:
      - name: AEP_SETTLE_TIME
    vars:
      - name: aep_settle_time
  token_cache:
    env:
      - name: AEP_TOKEN_CACHE
    vars:
      - name: aep_token_cache
notes:
  - Each use of the lookup sends a request. To use a result several times, store it with M(ansible.builtin.set_fact).
  - Defaults of modules, as in C(module_defaults), do not apply to lookups. Variables do, such as C(aep_sandbox_name).
"""
