# Makes a table from the lines of benchmarks: the smallest value of each
# measurement, next to the value that it is compared with.

/^Benchmark/ {
	name = $1
	sub(/^Benchmark/, "", name)
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) {
		key = name " " $(i + 1)
		if (!(key in least) || $i + 0 < least[key])
			least[key] = $i + 0
	}
}

# number writes a number with three digits at least.
function number(x) {
	if (x < 10)
		return sprintf("%.2f", x)
	if (x < 100)
		return sprintf("%.1f", x)
	text = sprintf("%d", x)
	for (at = length(text) - 3; at > 0; at -= 3)
		text = substr(text, 1, at) "," substr(text, at + 1)
	return text
}

function duration(ns) {
	if (ns < 1e6)
		return number(ns / 1e3) " us"
	if (ns < 1e9)
		return number(ns / 1e6) " ms"
	return number(ns / 1e9) " s"
}

function size(bytes) {
	return bytes < 2 ^ 30 ? number(bytes / 2 ^ 20) " MiB" : number(bytes / 2 ^ 30) " GiB"
}

function row(label, ours, beside, what, ratio, wanted) {
	printf "%-38s %10s %10s  %-26s %-17s %s\n", label, ours, beside, what, ratio, wanted
}

# compare prints a row; there is none where something was not measured.
function compare(label, a, b, what, kind, wanted,    x, y, ratio) {
	if (!(a in least) || !(b in least))
		return
	x = least[a]
	y = least[b]
	if (kind == "faster" || kind == "less")
		ratio = number(y / x) " times " kind
	else if (kind == "share")
		ratio = sprintf("%+.1f %%", 100 * (x - y) / y)
	else
		ratio = number(x / y) " times"
	if (kind == "less" || kind == "size")
		row(label, size(x), size(y), what, ratio, wanted)
	else if (kind == "requests")
		row(label, number(x), number(y), what, ratio, wanted)
	else
		row(label, duration(x), duration(y), what, ratio, wanted)
}

# growth compares a call of the long list with one of the short list.
function growth(label, way, unit,    a, b, x, y) {
	a = "ReadDataSource/way=" way "/calls=50000 " unit
	b = "ReadDataSource/way=" way "/calls=1000 " unit
	if (!(a in least) || !(b in least))
		return
	x = least[a] / 50000
	y = least[b] / 1000
	if (unit == "ns/op")
		row(label, duration(x), duration(y), "a call of 1,000", number(x / y) " times", "linear: 1")
	else
		row(label, number(x / 1024) " KiB", number(y / 1024) " KiB", "a call of 1,000", number(x / y) " times", "linear: 1")
}

END {
	row("", "provider", "beside it", "which is", "ratio", "wanted")
	split("1000 10000 50000", counts, " ")
	for (n = 1; n <= 3; n++) {
		bulk = "ReadDataSource/way=bulk/calls=" counts[n]
		framework = "ReadDataSource/way=framework/calls=" counts[n]
		calls = number(counts[n])
		compare("ReadDataSource, " calls " calls", bulk " ns/op", framework " ns/op", "State.SetAttribute", "faster", counts[n] == 10000 ? "at least 50" : "")
		compare("  allocated", bulk " B/op", framework " B/op", "State.SetAttribute", "less", "")
		if (framework " ns/op" in least)
			row("  calls a second", number(counts[n] * 1e9 / least[bulk " ns/op"]), number(counts[n] * 1e9 / least[framework " ns/op"]), "State.SetAttribute", "", "")
	}
	growth("  time for a call of 50,000", "bulk", "ns/op")
	growth("  allocated for a call of 50,000", "bulk", "B/op")
	compare("terraform apply, 10,000 calls", "Apply provider-ns", "Apply floor-ns", "Terraform itself", "share", "at most +15 %")
	compare("  with four attributes", "Apply four-ns", "Apply provider-ns", "with all", "times", "at most 0.65")
	compare("  its state", "Apply four-state-B", "Apply state-B", "with all", "size", "at most 0.5")
	compare("200,000 calls by day and country", "Summary grouped-ns", "Summary whole-ns", "without groups", "times", "at most 1.25")
	compare("2,000,000 calls, memory", "Summarizer reading-bytes", "Summarizer bound-bytes", "100 B a call and 64 MiB", "size", "at most 1")
	compare("  while statistics are computed", "Summarizer computing-bytes", "Summarizer bound-bytes", "100 B a call and 64 MiB", "size", "at most 1")
	split("20ms 100ms 300ms 1000ms 100ms/order=ascending 100ms/order=shuffled", ways, " ")
	split("1.3 1.4 1.6 3 1.4 1.4", wanted, " ")
	for (n = 1; n <= 6; n++) {
		parallel = "Calls/way=parallel/latency=" ways[n]
		compare("200,000 calls, " ways[n], parallel " ns/op", parallel " floor-ns", "pages / 50 a second", "times", "at most " wanted[n])
		compare("  requests", parallel " requests", parallel " pages", "pages", "requests", "at most 1.5")
		if (parallel " rejected" in least)
			row("  rejected", least[parallel " rejected"], "", "", "", "at most 2")
	}
	compare("200,000 calls, page after page", "Calls/way=sequential/latency=100ms ns/op", "Calls/way=sequential/latency=100ms floor-ns", "pages / 50 a second", "times", "")
}
