// Command mutate plants bugs in the packages of internal/, one at a time, and
// prints which of them the tests of the package catch. gremlins makes the mutants;
// survivors.txt lists the ones that may survive, with the reason.
//
// It fails if a survivor is not listed, or if the tests catch or reach fewer
// mutants than the package promises.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// promise is the lowest share of mutants that the tests of a package catch, and
// the highest share that they leave unreached, in percent.
type promise struct {
	name              string
	caught, unreached float64
}

var packages = []promise{{"bird", 95, 5}, {"throttle", 95, 5}, {"statistics", 95, 5}, {"bulk", 95, 5}, {"stall", 95, 5}, {"provider", 85, 100}}

// The statuses of a mutant.
const (
	killed     = "KILLED"
	lived      = "LIVED"
	timedOut   = "TIMED OUT"
	notCovered = "NOT COVERED"
)

type report struct {
	Files []struct {
		Name      string   `json:"file_name"`
		Mutations []mutant `json:"mutations"`
	} `json:"files"`
}

type mutant struct {
	Type   string `json:"type"`
	Status string `json:"status"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	file   string // from the root
	code   string // its line
}

// survivor is a mutant that may survive.
type survivor struct {
	file, kind, code, reason string
	used                     bool
}

// speedOnly is the prefix of the reason for a mutant that affects nothing but
// speed. It does not count.
const speedOnly = "speed: "

func main() {
	log.SetFlags(0)
	root := flag.String("root", ".", "the `directory` of the provider's module")
	gremlins := flag.String("gremlins", "bin/gremlins", "the `path` of gremlins")
	list := flag.String("survivors", "internal/tools/mutate/survivors.txt", "the `file` that lists the mutants that may survive")
	only := flag.String("packages", "", "the `names` of the packages, separated by spaces; all packages if empty")
	since := flag.String("since", "", "mutate only what changed since this `revision`")
	flag.Parse()

	survivors, err := readSurvivors(filepath.Join(*root, *list))
	if err != nil {
		log.Fatal(err)
	}
	failed := false
	for _, p := range packages {
		if *only != "" && !slices.Contains(strings.Fields(*only), p.name) {
			continue
		}
		started := time.Now()
		mutants, err := run(*root, *gremlins, p.name, *since)
		if err != nil {
			log.Fatal(err)
		}
		ok := p.print(mutants, survivors, *since == "")
		fmt.Printf("  it took %s\n\n", time.Since(started).Round(time.Second))
		failed = failed || !ok
	}
	if *only == "" && *since == "" {
		for _, s := range survivors {
			if !s.used && !strings.HasPrefix(s.reason, speedOnly) {
				fmt.Printf("%s lists a mutant that no longer survives: %s, %s: %s\n", *list, s.file, s.kind, s.code)
				failed = true
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}

// run returns the mutants of a package.
func run(root, gremlins, name, since string) ([]mutant, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	gremlins, err = filepath.Abs(filepath.Join(root, gremlins))
	if err != nil {
		return nil, err
	}
	if err := completeCoverage(root, name, dir); err != nil {
		return nil, err
	}
	untilFailure := filepath.Join(dir, "until-failure")
	if err := os.WriteFile(untilFailure, []byte(untilFailureScript), 0o700); err != nil { //nolint:gosec // it is a command
		return nil, err
	}
	output := filepath.Join(dir, "report.json")
	cmd := exec.CommandContext(context.Background(), gremlins, "unleash", "./internal/"+name, "--output", output,
		"--workers", "2", "--timeout-coefficient", "6", "--exclude-files", "/", // the package alone
		"--invert-logical", "--invert-loopctrl", "--invert-negatives", "--invert-assignments", "--diff", since)
	cmd.Dir = root
	// -short leaves out the tests that run Terraform and others that are long. A
	// cached run would make the time-outs, which are multiples of the first run's
	// time, too short. Each mutant pays for vet and for the collection of garbage.
	cmd.Env = append(os.Environ(), "GOFLAGS=-short -count=1 -vet=off -v -exec="+untilFailure, "GOGC=400", "TMPDIR="+dir,
		"PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("gremlins: %w", err)
	}
	content, err := os.ReadFile(output)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, err
	}
	var mutants []mutant
	for _, file := range r.Files {
		// gremlins names a file by its path within the package.
		path := "internal/" + name + "/" + filepath.Base(file.Name)
		source, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(source), "\n")
		concatenations, err := findConcatenations(path, source)
		if err != nil {
			return nil, err
		}
		for _, m := range file.Mutations {
			// A mutant that does not compile is a failed test to gremlins.
			if m.Type == "ARITHMETIC_BASE" && concatenations[[2]int{m.Line, m.Column}] {
				continue
			}
			m.file, m.code = path, strings.TrimSpace(lines[m.Line-1])
			mutants = append(mutants, m)
		}
	}
	slices.SortFunc(mutants, func(a, b mutant) int {
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return mutants, nil
}

// untilFailureScript runs a test binary until the first failure: the next line that
// it prints ends it. With -failfast, parallel tests that have begun would go on. A
// mutant that loops may take all memory, so there is a limit where the system has one.
const untilFailureScript = `#!/bin/bash
set -o pipefail
ulimit -v 8000000 2>/dev/null
"$@" | { ! grep -q -e '^ *--- FAIL'; }
`

// completeCoverage puts a go command into dir that adds to each coverage profile
// what Go does not measure and gremlins would take for unreached: the
// expressions of cases, and everything outside of functions.
func completeCoverage(root, name, dir string) error {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	module, err := exec.CommandContext(context.Background(), goCommand, "list", "-C", root, "-m").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	files := token.NewFileSet()
	sources, err := filepath.Glob(filepath.Join(root, "internal", name, "*.go"))
	if err != nil {
		return err
	}
	var blocks strings.Builder
	for _, source := range sources {
		parsed, err := parser.ParseFile(files, source, nil, 0)
		if err != nil {
			return err
		}
		add := func(node ast.Node) {
			from, to := files.Position(node.Pos()), files.Position(node.End())
			fmt.Fprintf(&blocks, "%s/internal/%s/%s:%d.%d,%d.%d 1 1\n", strings.TrimSpace(string(module)), name,
				filepath.Base(source), from.Line, from.Column, to.Line, to.Column)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.File:
				for _, decl := range node.Decls {
					if _, ok := decl.(*ast.GenDecl); ok {
						add(decl)
					}
				}
			case *ast.CaseClause:
				for _, expr := range node.List {
					add(expr)
				}
			}
			return true
		})
	}
	if err := os.WriteFile(filepath.Join(dir, "blocks"), []byte(blocks.String()), 0o600); err != nil {
		return err
	}
	script := fmt.Sprintf(`#!/bin/sh
%[1]q "$@" || exit
while [ $# -gt 1 ]; do
  [ "$1" != -coverprofile ] || cat %[2]q >>"$2"
  shift
done
`, goCommand, filepath.Join(dir, "blocks"))
	return os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o700) //nolint:gosec // it is a command
}

// findConcatenations returns the lines and columns of the sums of strings.
func findConcatenations(path string, source []byte) (map[[2]int]bool, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, 0)
	if err != nil {
		return nil, err
	}
	concatenations := make(map[[2]int]bool)
	ast.Inspect(parsed, func(node ast.Node) bool {
		if sum, ok := node.(*ast.BinaryExpr); ok && sum.Op == token.ADD && holdsText(sum) {
			at := files.Position(sum.OpPos)
			concatenations[[2]int{at.Line, at.Column}] = true
		}
		return true
	})
	return concatenations, nil
}

// holdsText reports whether one of the operands of a sum is a string literal.
func holdsText(expr ast.Expr) bool {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		return expr.Kind == token.STRING
	case *ast.BinaryExpr:
		return expr.Op == token.ADD && (holdsText(expr.X) || holdsText(expr.Y))
	}
	return false
}

// print prints the results for a package, and reports whether the package keeps
// its promise.
func (p promise) print(mutants []mutant, survivors []*survivor, whole bool) bool {
	ok := true
	counts := make(map[string]int)
	var speed int
	fmt.Printf("internal/%s\n", p.name)
	for _, m := range mutants {
		counts[m.Status]++
		switch m.Status {
		case timedOut: // caught, unless the machine was busy
			fmt.Printf("  %-12s %s:%d: %s: %s\n", "timed out", m.file, m.Line, m.Type, m.code)
			continue
		case lived, notCovered:
		default:
			continue
		}
		listed := find(survivors, m)
		switch {
		case listed != nil && strings.HasPrefix(listed.reason, speedOnly):
			speed++
			counts[m.Status]--
			fmt.Printf("  %-12s %s:%d: %s: %s\n", "speed only", m.file, m.Line, m.Type, m.code)
		case listed != nil:
			fmt.Printf("  %-12s %s:%d: %s: %s (%s)\n", "listed", m.file, m.Line, m.Type, m.code, listed.reason)
		default:
			fmt.Printf("  %-12s %s:%d:%d: %s: %s\n", strings.ToLower(m.Status), m.file, m.Line, m.Column, m.Type, m.code)
			ok = ok && m.Status != lived
		}
	}
	caught := counts[killed] + counts[timedOut]
	reached := caught + counts[lived]
	all := reached + counts[notCovered]
	if all == 0 {
		fmt.Println("  no mutants")
		return ok
	}
	efficacy, unreached := percent(caught, reached), percent(counts[notCovered], all)
	fmt.Printf("  %d of %d mutants caught (%.1f %%), %d of them by a time-out; %d of %d not reached by the package's tests (%.1f %%); %d change speed alone\n",
		caught, reached, efficacy, counts[timedOut], counts[notCovered], all, unreached, speed)
	if whole && (efficacy < p.caught || unreached > p.unreached) {
		fmt.Printf("  promised: at least %.0f %% caught, at most %.0f %% not reached\n", p.caught, p.unreached)
		return false
	}
	return ok
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func find(survivors []*survivor, m mutant) *survivor {
	for _, s := range survivors {
		if s.file == m.file && s.kind == m.Type && s.code == m.code {
			s.used = true
			return s
		}
	}
	return nil
}

// readSurvivors reads lines of the form "file | type | code | reason". It skips
// empty lines and lines that begin with #.
func readSurvivors(path string) ([]*survivor, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var survivors []*survivor
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// The code may hold the separator.
		fields := strings.Split(line, " | ")
		if len(fields) < 4 {
			return nil, fmt.Errorf("%s:%d: not of the form file | type | code | reason", path, n)
		}
		last := len(fields) - 1
		survivors = append(survivors, &survivor{file: fields[0], kind: fields[1], code: strings.Join(fields[2:last], " | "), reason: fields[last]})
	}
	return survivors, scanner.Err()
}
