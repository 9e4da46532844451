#!/usr/bin/env bash
# Measures for some minutes and prints a table of ratios. The lines that the
# table is made of are in bin/bench.txt. Started by make bench, which sets TF.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

need_tf
isolate
export TF_ACC_TERRAFORM_PATH=$TF
started=$SECONDS
go test -C "$root" -c -o "$tmp/" ./internal/bird ./internal/provider
mkdir -p "$root/bin"
: >"$root/bin/bench.txt"

# measure runs benchmarks once; the arguments are those of the test binary.
measure() {
	local room=$1
	shift
	(cd "$root/internal/$room" && "$tmp/$room.test" -test.run '^$' -test.benchtime 1x -test.timeout 30m "$@") |
		tee -a "$root/bin/bench.txt" | grep --line-buffered '^Benchmark' >&2
}

# What is compared runs by turns, since a machine is not always as fast. What
# takes long runs once.
for round in 1 2 3 4; do
	echo "Round $round of 4" >&2
	once=()
	((round == 1)) || once=(-test.skip 'ReadDataSource/way=framework/calls=.0000|Calls/way=sequential')
	measure provider -test.bench 'ReadDataSource|Apply' "${once[@]}"
	measure bird -test.bench 'Calls' "${once[@]}"
done

echo
"$TF" version | sed -n 1p
awk -f "$root/internal/tools/bench.awk" "$root/bin/bench.txt"
echo "It took $((SECONDS - started)) s."
