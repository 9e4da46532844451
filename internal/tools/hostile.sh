#!/usr/bin/env bash
# Runs the tests of a module with what users may have set, on which no test may
# depend. The command goes to the directory of the module, and then starts this.
set -euo pipefail

# With this proxy, nothing can be downloaded.
go list -deps -test ./... >/dev/null
export HTTP_PROXY=http://127.0.0.1:1 http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1
export HTTPS_PROXY=http://me:not#a#url@proxy.example

export TZ=${TZ:-America/St_Johns} ZONEINFO=/nonexistent

# A locale with a decimal comma, or else any but C, if the machine has one.
locales=$(locale -a 2>/dev/null || true)
LC_ALL=$(grep -m 1 -E '^(de|tr)_' <<<"$locales" || grep -m 1 -vE '^(C|POSIX|$)' <<<"$locales" || echo C)
export LC_ALL

export BIRD_TOKEN="the user's own" BIRD_ACCESS_KEY="the user's own" BIRD_BASE_URL=http://127.0.0.1:1
export BIRD_WORKSPACE_ID="the user's own" BIRD_CHANNEL_ID="the user's own" BIRD_PSEUDONYM_KEY=short

export TF_CLI_ARGS=-no-such-flag TF_CLI_ARGS_plan=-no-such-flag TF_CLI_ARGS_apply=-no-such-flag
export TF_CLI_CONFIG_FILE=/nonexistent/cli.tfrc TF_DATA_DIR=/nonexistent/data TF_PLUGIN_CACHE_DIR=/nonexistent/cache
export TF_VAR_workspace_id="the user's own" TF_VAR_channel_id="the user's own" TF_VAR_days="the user's own"
export TF_APPEND_USER_AGENT="the user's own" TF_IN_AUTOMATION='' TF_INPUT=0 TF_WORKSPACE=own
export TF_LOG=TRACE TF_LOG_PROVIDER=TRACE TF_LOG_PATH=/nonexistent/log TF_REATTACH_PROVIDERS='{'

exec "$@"
