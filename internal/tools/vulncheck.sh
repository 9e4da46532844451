#!/usr/bin/env bash
# Looks for known vulnerabilities with govulncheck. A vulnerability that our own
# code reaches, in the provider or in a program or test under internal/tools,
# fails the check. Vulnerabilities in the pinned tools are only printed: no user
# runs these tools, and only their authors can update them. make vulncheck builds
# bin/govulncheck and starts this script. GOVULNDB selects another database.
set -euo pipefail
cd "$(dirname "$0")/../.."
database=${GOVULNDB:-https://vuln.go.dev}
govulncheck=$PWD/bin/govulncheck

if [[ $database != file://* ]] && ! curl --silent --fail --connect-timeout 5 --max-time 10 --output /dev/null "$database/index/db.json"; then
	echo "DID NOT RUN: the vulnerability database at $database cannot be reached with curl."
	exit
fi

found=0
for file in go.mod internal/tools/go.mod internal/tools/*/go.mod; do
	module=$(dirname "$file")
	if compgen -G "$module/*.go" >/dev/null; then
		echo "== govulncheck ($module)"
		"$govulncheck" -C "$module" -db "$database" -test ./... || found=1
	fi
	if grep -q '^tool ' "$file"; then
		echo "== govulncheck ($module, the tools that it pins)"
		"$govulncheck" -C "$module" -db "$database" -scan package tool || {
			status=$?
			((status == 3)) || exit "$status" # 3: found some
			echo "These tools are not part of the provider, so this is not a failure."
		}
	fi
done
exit "$found"
