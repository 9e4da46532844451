// Package report renders the pages of examples/report as people see them, in a
// headless Chromium, and finds what is wrong with them. Started by make
// test-report, which makes the pages.
package report

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed check.js
var check string

// The windows of phones, of a tablet and of a desk.
var widths = map[string]int64{"small phone": 360, "phone": 375, "tablet": 768, "desk": 1280}

func TestReport(t *testing.T) {
	dir := os.Getenv("REPORT_DIR")
	pages, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("there is no page in the directory %q that REPORT_DIR names (%v): run make test-report", dir, err)
	}
	browser := start(t)
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".html")
		words, err := os.ReadFile(strings.TrimSuffix(page, ".html") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name+"/paper", func(t *testing.T) {
			if sheets := printed(t, browser, page); sheets == 0 || sheets > 2 {
				t.Errorf("it is printed on %d sheets of A4", sheets)
			}
		})
		for window, width := range widths {
			t.Run(name+"/"+window, func(t *testing.T) {
				light := see(t, browser, page, width, "light")
				dark := see(t, browser, page, width, "dark")
				for theme, seen := range map[string]sight{"light": light, "dark": dark} {
					for _, problem := range seen.Problems {
						t.Errorf("%s: %s", theme, problem)
					}
					if have, want := strings.Join(strings.Fields(seen.Text), ""), strings.Join(strings.Fields(string(words)), ""); have != want {
						t.Errorf("%s: the page says\n%s\nand not\n%s", theme, seen.Text, words)
					}
				}
				for _, color := range light.Theme {
					if slices.Contains(dark.Theme, color) {
						t.Errorf("the color %s is in both themes", color)
					}
				}
			})
		}
	}
}

// start starts a browser that ends with the test.
func start(t *testing.T) context.Context {
	t.Helper()
	binary := ""
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); binary == "" && err == nil {
			binary = found
		}
	}
	if binary == "" {
		t.Fatal("there is no Chromium on PATH.\nInstall it (apt-get install chromium, on Debian), or name the binary of a Chromium or Chrome in CHROMIUM.")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(binary), chromedp.DisableGPU)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which root cannot have
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("%s does not start: %v", binary, err)
	}
	return browser
}

// printed prints a page, leaves the PDF beside it, and returns how many sheets of A4
// it has.
func printed(t *testing.T, browser context.Context, path string) int {
	t.Helper()
	tab, cancel := chromedp.NewContext(browser)
	defer cancel()
	tab, cancel = context.WithTimeout(tab, time.Minute)
	defer cancel()
	if err := chromedp.Do(tab, chromedp.Navigate("file://"+filepath.ToSlash(path))); err != nil {
		t.Fatal(err)
	}
	result, err := chromedp.Call(tab, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	pdf := result.Data
	if err := os.WriteFile(strings.TrimSuffix(path, ".html")+".pdf", pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return len(regexp.MustCompile(`/MediaBox \[0 0 594\.\d+ 841\.\d+\]`).FindAll(pdf, -1))
}

// sight is what check.js returns.
type sight struct {
	Text     string   `json:"text"`
	Theme    []string `json:"theme"`
	Problems []string `json:"problems"`
}

// see loads a page into a window, checks it, and leaves a picture beside it.
func see(t *testing.T, browser context.Context, page string, width int64, theme string) sight {
	t.Helper()
	tab, cancel := chromedp.NewContext(browser)
	defer cancel()
	tab, cancel = context.WithTimeout(tab, time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	var mu sync.Mutex
	var requests []string
	must(chromedp.Listen(tab, func(event any) {
		if request, ok := event.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			requests = append(requests, request.Request.URL)
		}
	}))
	_, err := chromedp.Call(tab, network.Enable, network.EnableParams{})
	must(err)
	_, err = chromedp.Call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 800, DeviceScaleFactor: 1, Mobile: width < 600,
	})
	must(err)
	_, err = chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	must(err)
	url := "file://" + filepath.ToSlash(page)
	must(chromedp.Do(tab, chromedp.Navigate(url)))
	seen, err := chromedp.Run(tab, chromedp.Evaluate[sight](check))
	must(err)
	picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	must(err)
	name := strings.TrimSuffix(page, ".html") + "-" + theme + "-" + strconv.FormatInt(width, 10) + ".png"
	must(os.WriteFile(name, picture, 0o600))

	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(requests, []string{url}) {
		t.Errorf("%s: the page is not in one piece: the browser asked for %q", theme, requests)
	}
	return seen
}
