#!/usr/bin/env bash
# Reads calls with a real terraform apply and shows them. The calls come from
# the fake server, or from Bird where a credential, BIRD_WORKSPACE_ID and
# BIRD_CHANNEL_ID are set. The provider is built, or that of the filesystem
# mirror that the argument names. The report of the calls goes to
# bin/demo-report.html. Started by make demo, which sets TF and VERSION.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

unset BIRD_PSEUDONYM_KEY # which may be too short, and the demo has no pseudonyms

if [[ -z ${BIRD_TOKEN:-}${BIRD_ACCESS_KEY:-} || -z ${BIRD_WORKSPACE_ID:-} || -z ${BIRD_CHANNEL_ID:-} ]]; then
	if [[ -n ${BIRD_TOKEN:-}${BIRD_ACCESS_KEY:-} ]]; then
		echo "A credential is set, but not both BIRD_WORKSPACE_ID and BIRD_CHANNEL_ID: nothing is read from Bird."
	fi
	echo "Starting a fake server with the calls of 67 days, the last week of them with slow answers."
	go build -C "$root" -o bin/fake-server ./internal/birdtest/cmd
	# This script again, with the BIRD_... of the fake server.
	exec "$root/bin/fake-server" -calls 5400 -days 67 -seed 1 -incident slow-answers bash "$0" "$@"
fi

isolate
if [[ -n ${1:-} ]]; then
	cp -R "$1" "$tmp/plugins"
else
	echo "Building the provider. This takes a minute or two in a fresh clone, and seconds after that."
	quietly make -C "$root" install PLUGIN_DIR="$tmp/plugins"
fi
echo "Reading the last 31 days of channel $BIRD_CHANNEL_ID from ${BIRD_BASE_URL:-Bird}, in some seconds."
export TF_VAR_days=31 # those before today, and today
export TF_VAR_workspace_id=$BIRD_WORKSPACE_ID TF_VAR_channel_id=$BIRD_CHANNEL_ID

# apply runs an example in a directory of its own.
apply() {
	mkdir "$tmp/$1"
	cp "$root/examples/$1"/*.tf* "$tmp/$1"
	cd "$tmp/$1"
	quietly "$TF" init -input=false -no-color
	started=$SECONDS
	"$TF" apply -auto-approve -input=false -no-color >"$tmp/apply.log" || {
		cat "$tmp/apply.log"
		return 1
	}
}

"$TF" version | sed -n 1p
apply demo
grep '^Apply complete' "$tmp/apply.log"
echo "It took $((SECONDS - started)) s."
echo
"$TF" output -raw summary

echo
echo "Writing a report of the same days, in some seconds."
TF_VAR_until=$(date -u -d tomorrow +%F 2>/dev/null || date -u -v+1d +%F)
export TF_VAR_until
apply report
mkdir -p "$root/bin"
"$TF" output -raw report >"$root/bin/demo-report.html"
echo "The report of these calls: $root/bin/demo-report.html"
