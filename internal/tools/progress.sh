#!/usr/bin/env bash
# Runs a command, and says every half minute that it still runs.
set -euo pipefail
(while sleep 30 >/dev/null 2>&1; do echo "Still running after $SECONDS s."; done) &
trap 'kill $! 2>/dev/null || true' EXIT
"$@"
