#!/usr/bin/env bash
# Reads calls with a real terraform apply and shows them. The calls come from
# the fake server, or from Bird where a credential, BIRD_WORKSPACE_ID and
# BIRD_CHANNEL_ID are set. The provider is built, or that of the filesystem
# mirror that the argument names. The report of the calls goes to
# bin/demo-report.html. Started by make demo, which sets TF and VERSION.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

server=
cleanup() {
	if [[ -n $server ]]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$tmp"
}

start_fake_server() {
	go build -C "$root" -o "$tmp/birdtest" ./internal/birdtest/cmd
	: >"$tmp/server.env"
	"$tmp/birdtest" -addr 127.0.0.1:0 -calls 2500 -days 30 -seed 1 >"$tmp/server.env" 2>"$tmp/server.log" &
	server=$!
	local _
	for _ in {1..600}; do
		if (($(grep -c '^export ' "$tmp/server.env") == 4)); then
			unset BIRD_ACCESS_KEY
			source "$tmp/server.env"
			return
		fi
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	echo "The fake server did not start:" >&2
	cat "$tmp/server.log" >&2
	return 1
}

isolate
if [[ -n ${1:-} ]]; then
	cp -R "$1" "$tmp/plugins"
else
	quietly make -C "$root" install PLUGIN_DIR="$tmp/plugins"
fi

if [[ -n ${BIRD_TOKEN:-}${BIRD_ACCESS_KEY:-} && -n ${BIRD_WORKSPACE_ID:-} && -n ${BIRD_CHANNEL_ID:-} ]]; then
	echo "Reading the last 30 days of channel $BIRD_CHANNEL_ID from ${BIRD_BASE_URL:-Bird}."
	export TF_VAR_days=30
else
	if [[ -n ${BIRD_TOKEN:-}${BIRD_ACCESS_KEY:-} ]]; then
		echo "A credential is set, but not both BIRD_WORKSPACE_ID and BIRD_CHANNEL_ID: nothing is read from Bird."
	fi
	start_fake_server
	echo "Reading 2,500 calls over 30 days from a fake server at $BIRD_BASE_URL."
fi
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

# The days of the demo: those before today, and today.
TF_VAR_until=$(date -u -d tomorrow +%F 2>/dev/null || date -u -v+1d +%F)
export TF_VAR_until TF_VAR_days=31
apply report
mkdir -p "$root/bin"
"$TF" output -raw report >"$root/bin/demo-report.html"
echo
echo "The report of these calls: $root/bin/demo-report.html"
