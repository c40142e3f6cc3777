#!/usr/bin/env bash
# The main job, step by step: link a source, and verify it. Runs on an emulator whose address is in the environment.
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
        /^PLAY RECAP/ { task = "" }
        /^[[:space:]]*$/ || /^PLAY/ || /^included:/ || /^--- before/ || /^\+\+\+ after/ { next }
        /^TASK/ { sub(/ \*+$/, ""); task = $0; next }
        task { print task; task = "" }
        /^@@/ { lines = 0 }
        /^[-+ ]/ { lines++; if (lines > 4) { cut++; next } }
        !/^[-+ ]/ && cut { printf "... and %d more lines\n", cut; cut = 0 }
        { print }
    '
}
play() {
    printf '$ ansible-playbook %s\n' "$*"
    ansible-playbook "$@" | shorten
}

step "A new source is described in $AEP_DEMO_DEFINITION:"
sed -n '3,4p' "$AEP_DEMO_DEFINITION"
echo "..."

step "1. Preview the change. Check mode sends no write."
play aep.flow_service.demo --check --diff

step "2. Make the change: create the connection spec, and add it to the flow spec RestStorageToAEP."
play aep.flow_service.demo

step "3. Run it again. Nothing changes."
play aep.flow_service.demo

step "4. Verify the source: run a real dataflow, judge each step, and remove the account and the dataflow."
export ACME_PASSWORD=of-the-demo
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
echo '$ ansible-playbook aep.flow_service.verify -e @verify-acme-crm.yml -e verify_report_folder=report'
ansible-playbook aep.flow_service.verify -e "@${AEP_DEMO_DEFINITION%/*}/verify-acme-crm.yml" \
    -e verify_report_folder="$report" | shorten
python - "$report" <<'PYTHON'
import json, pathlib, sys

folder = pathlib.Path(sys.argv[1])
report = json.loads((folder / "verify.json").read_text("utf-8"))
for number, step in enumerate(report["steps"], 1):
    print(f"{number:2}. {step['title']}: {step['verdict']}")
print(report["summary"]["message"])
print("Report:", ", ".join(sorted(file.name for file in folder.iterdir())))
print("Removed:", ", ".join(name.rpartition(" ")[0] for name in report["steps"][-1]["evidence"]["removed"]))
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
