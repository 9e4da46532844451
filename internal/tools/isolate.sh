# Sourced by the other scripts here. Sets up a temporary directory, and a
# Terraform that sees the provider built here but not the user's own CLI
# configuration. make hides the user's TF_... variables.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

isolate() {
	tmp=$(mktemp -d)
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_CLI_CONFIG_FILE="$tmp/cli.tfrc"
	cat >"$TF_CLI_CONFIG_FILE" <<-EOF
		provider_installation {
		  filesystem_mirror {
		    path = "$tmp/plugins"
		  }
		}
	EOF
}

cleanup() {
	rm -rf "$tmp"
}

# quietly runs a command, and prints its output only if it fails.
quietly() {
	"$@" >"$tmp/quiet.log" 2>&1 || {
		local status=$?
		cat "$tmp/quiet.log" >&2
		return "$status"
	}
}
