#!/usr/bin/env bash
# Measures for some minutes and prints a table of ratios. bin/bench.txt has the
# benchmark lines behind the table. make bench starts this script and sets TF.
set -euo pipefail
source "$(dirname "$0")/isolate.sh"

isolate
export TF_ACC_TERRAFORM_PATH=$TF
started=$SECONDS
go test -C "$root" -c -o "$tmp/" ./internal/bird ./internal/statistics ./internal/provider
mkdir -p "$root/bin"
: >"$root/bin/bench.txt"

# measure runs benchmarks of a package this many times, and keeps their lines.
measure() {
	local package=$1 times=$2
	shift 2
	(cd "$root/internal/$package" && "$tmp/$package.test" -test.run '^$' -test.timeout 30m -test.benchtime "${times}x" -test.bench "$@") |
		tee -a "$root/bin/bench.txt" | grep --line-buffered '^Benchmark' >&2
}

measure provider 5 '^BenchmarkReadDataSource$/way=bulk'
# Less garbage collection speeds the framework up, and takes 6 GB.
GOGC=200 measure provider 1 '^BenchmarkReadDataSource$/way=framework'
measure bird 1 '^BenchmarkCalls$'
measure statistics 1 '^BenchmarkSummarizer$'
measure provider 3 '^BenchmarkSummary$'
measure provider 5 '^BenchmarkApply$'

echo
"$TF" version | sed -n 1p
go run -C "$root/internal/tools" ./bench <"$root/bin/bench.txt"
echo "It took $((SECONDS - started)) s."
