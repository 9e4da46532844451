#!/usr/bin/env bash
# Generates docs/ from the provider's schema, templates/ and examples/. With
# --check, generates it elsewhere and prints how docs/ differs. make docs and
# make docs-check start this script and set TF and VERSION.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

isolate
quietly make -C "$root" install PLUGIN_DIR="$tmp/plugins"

mkdir "$tmp/work" "$tmp/site"
cat >"$tmp/work/main.tf" <<'EOF'
terraform {
  required_providers {
    bird = {
      source = "registry.terraform.io/birdvoice/bird"
    }
  }
}
EOF
quietly "$TF" -chdir="$tmp/work" init -input=false -no-color
# tfplugindocs looks up the provider by its short name.
"$TF" -chdir="$tmp/work" providers schema -json |
	sed 's|"registry.terraform.io/birdvoice/bird":|"bird":|' >"$tmp/schema.json"

cp -R "$root/templates" "$root/examples" "$tmp/site"
quietly "$root/bin/tfplugindocs" generate --provider-dir "$tmp/site" --provider-name bird \
	--rendered-provider-name Bird --providers-schema "$tmp/schema.json"

if [[ ${1:-} == --check ]]; then
	diff -ru "$root/docs" "$tmp/site/docs" || {
		echo "docs/ differs from what the schema, templates/ and examples/ generate: run 'make docs' and commit." >&2
		exit 1
	}
	echo "docs/ is up to date."
else
	rm -rf "$root/docs"
	cp -R "$tmp/site/docs" "$root/docs"
fi
