#!/usr/bin/env bash
# The main job, step by step. Runs on an emulator whose address is in the environment.
set -euo pipefail

# Only what changes is worth a line here: a run of the role has some twenty tasks.
export ANSIBLE_DISPLAY_OK_HOSTS=false ANSIBLE_DISPLAY_SKIPPED_HOSTS=false
bold='' plain=''
if [ -t 1 ]; then
    bold=$'\033[1m' plain=$'\033[0m'
else
    export ANSIBLE_NOCOLOR=true
fi

step() { printf '\n%s=== %s%s\n' "$bold" "$*" "$plain"; }

# Without the tasks that only include others, without headers of differences, and with long differences cut.
shorten() {
    awk '
        /^[[:space:]]*$/ || /^PLAY/ || /^included:/ || /^--- before/ || /^\+\+\+ after/ { next }
        /^TASK/ { sub(/ \*+$/, ""); task = $0; next }
        task { print task; task = "" }
        /^@@/ { lines = 0 }
        /^[-+ ]/ { lines++; if (lines > 8) { cut++; next } }
        !/^[-+ ]/ && cut { printf "... and %d more lines\n", cut; cut = 0 }
        { print }
    '
}
play() {
    printf '$ ansible-playbook %s\n' "$*"
    ansible-playbook "$@" | shorten
}

step "A new source is described in $AEP_DEMO_DEFINITION:"
sed -n '2,6p' "$AEP_DEMO_DEFINITION"
echo "..."

step "1. Preview the change. Check mode sends no write."
play aep.flow_service.demo --check --diff

step "2. Make the change: create the connection spec, and add it to the flow spec RestStorageToAEP."
play aep.flow_service.demo

step "3. Run it again. Nothing changes."
play aep.flow_service.demo

step "4. Read the flow spec: the new source is in its list, and all other fields are as they were."
python - <<'PYTHON'
import os, requests

headers = {
    "Authorization": "Bearer emulator-token",
    "x-api-key": os.environ["AEP_CLIENT_ID"],
    "x-gw-ims-org-id": os.environ["AEP_ORG_ID"],
    "x-sandbox-name": os.environ["AEP_SANDBOX_NAME"],
}
base = os.environ["AEP_BASE_URL"] + "/data/foundation/flowservice"
flow_spec = requests.get(f"{base}/flowSpecs/6499120c-0b15-42dc-936e-847ea3c24d72", headers=headers).json()["items"][0]
specs = requests.get(f"{base}/connectionSpecs?property=name==acme-crm", headers=headers).json()["items"]
listed = flow_spec["sourceConnectionSpecIds"]
print(f"{flow_spec['name']} supports {len(listed)} sources. The last one is {specs[0]['name']} ({listed[-1]}).")
assert listed[-1] == specs[0]["id"]
PYTHON

step "To do the same on the real platform"
cat <<'TEXT'
  ansible-galaxy collection install .
  python -m pip install -r requirements.txt
  export AEP_CLIENT_ID=... AEP_CLIENT_SECRET=...   # of a project in the Adobe Developer Console
  export AEP_ORG_ID=...@AdobeOrg AEP_SANDBOX_NAME=...   # begin with a development sandbox
  ansible-playbook aep.flow_service.demo --check --diff
Adobe grants the permission to write specs to source partners. Each flow spec is shared, and the API cannot delete a spec.
TEXT
