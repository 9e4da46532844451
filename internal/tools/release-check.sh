#!/usr/bin/env bash
# Builds the release as goreleaser would publish it, twice, and compares the
# checksums; then uses the zip for this machine through a plain init, from a
# filesystem mirror, and reads calls with it. Started by make release-check,
# which sets TF and VERSION.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

name=terraform-provider-bird
sums=${name}_${VERSION}_SHA256SUMS

release() {
	quietly bin/goreleaser release --snapshot --clean --skip=sign
}

isolate
cd "$root"
# goreleaser learns the time of the commit, which is that of the files in the
# zips, only where there is a remote.
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
echo "Two builds gave the same checksums:"
cat "dist/$sums"

cp terraform-registry-manifest.json "dist/${name}_${VERSION}_manifest.json"
(cd dist && sha256sum --check --quiet "$sums")
for platform in {linux,darwin,windows}_{amd64,arm64}; do
	binary=${name}_v$VERSION
	[[ $platform != windows_* ]] || binary+=.exe
	grep -aqF "$binary" "dist/${name}_${VERSION}_$platform.zip" # names are not compressed
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
