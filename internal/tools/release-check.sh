#!/usr/bin/env bash
# Builds the release twice, as goreleaser would publish it, and compares the
# checksums. Checks that each SBOM lists the modules of its binary. Then installs
# the zip for this machine with terraform init, from a filesystem mirror, and
# reads calls with it. make release-check starts this script and sets TF and
# VERSION.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

name=terraform-provider-bird
sums=${name}_${VERSION}_SHA256SUMS

release() {
	quietly bin/goreleaser release --snapshot --clean --skip=sign
}

isolate
cd "$root"
# goreleaser gives the files in the zips the time of the commit, but only if there
# is a remote.
if [[ -z $(git remote) ]]; then
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=$root
fi
release
cp "dist/$sums" "$tmp/first"
release
diff -u "$tmp/first" "dist/$sums" || {
	echo "Two builds of the same commit differ." >&2
	exit 1
}
echo "Two builds have the same checksums:"
cat "dist/$sums"

cp terraform-registry-manifest.json "dist/${name}_${VERSION}_manifest.json"
(cd dist && sha256sum --check --quiet "$sums")
for platform in {linux,darwin,windows}_{amd64,arm64}; do
	binary=${name}_v$VERSION
	[[ $platform != windows_* ]] || binary+=.exe
	grep -aqF "$binary" "dist/${name}_${VERSION}_$platform.zip" # names are not compressed
done

# Compare the modules that Go recorded in the binary with those in the SBOM, both
# as name@version.
for platform in {linux,darwin,windows}_{amd64,arm64}; do
	sbom=dist/${name}_${VERSION}_$platform.cdx.json
	binary=$(compgen -G "dist/*_${platform}_*/${name}_v$VERSION*")
	go version -m "$binary" | awk -v "version=v$VERSION" '
		FNR == 1 { print "std@" $NF }
		$1 == "mod" { print $2 "@" version }
		$1 == "dep" { print $2 "@" $3 }' | sed 's/+/%2B/' | sort >"$tmp/modules"
	sed -n 's|^ *"purl": "pkg:golang/\([^?"]*\).*|\1|p' "$sbom" | sort -u >"$tmp/listed"
	diff -u "$tmp/modules" "$tmp/listed" || {
		echo "$sbom does not list the modules of $binary." >&2
		exit 1
	}
	echo "$sbom lists the $(wc -l <"$tmp/modules") modules of its binary."
done

platform=$(go env GOOS)_$(go env GOARCH)
for host in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$tmp/plugins/$host/birdvoice/bird"
	cp "dist/${name}_${VERSION}_$platform.zip" "$tmp/plugins/$host/birdvoice/bird"
done
cat >"$tmp/main.tf" <<EOF
terraform {
  required_providers {
    bird = {
      source  = "birdvoice/bird"
      version = "$VERSION"
    }
  }
}
EOF
cd "$tmp"
"$TF" init -input=false -no-color
cat .terraform.lock.hcl
echo
"$root/internal/tools/demo.sh" "$tmp/plugins"
