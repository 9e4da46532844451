package throttle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var someTime = time.Date(2024, 2, 28, 16, 54, 33, 0, time.UTC)

// The pause doubles with each failure until a request succeeds.
func TestPauseDoublesWithEachFailure(t *testing.T) {
	t.Parallel()
	var p pause
	var pauses []time.Duration
	now := someTime
	fail := func() {
		p.failed(now)
		pauses = append(pauses, p.until.Sub(now))
		now = p.until
	}
	for range 9 {
		fail()
	}
	p.succeeded()
	fail()
	ms := time.Millisecond
	want := []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms, 5000 * ms, 100 * ms}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	for range 100 {
		fail()
	}
	if last := pauses[len(pauses)-1]; last != 5*time.Second {
		t.Errorf("a pause of %s after a hundred failures", last)
	}
}

func TestPauseAfterARejection(t *testing.T) {
	t.Parallel()
	for asked, want := range map[time.Duration]time.Duration{
		0:               250 * time.Millisecond,
		1:               1,
		7 * time.Second: 7 * time.Second,
	} {
		var p pause
		p.rejected(someTime, asked)
		if got := p.until.Sub(someTime); got != want {
			t.Errorf("a pause of %s after a rejection that asks for %s, want %s", got, asked, want)
		}
	}
}

func TestPauseKeepsTheLongest(t *testing.T) {
	t.Parallel()
	var p pause
	p.extend(someTime, time.Minute)
	for name, shorter := range map[string]func(){
		"another":     func() { p.extend(someTime.Add(time.Second), 58*time.Second) },
		"a rejection": func() { p.rejected(someTime, time.Second) },
		"a failure":   func() { p.failed(someTime) },
		"a success":   p.succeeded,
	} {
		if shorter(); !p.until.Equal(someTime.Add(time.Minute)) {
			t.Errorf("a pause of a minute becomes one of %s after %s", p.until.Sub(someTime), name)
		}
	}
	if p.extend(someTime.Add(2*time.Second), time.Minute); !p.until.Equal(someTime.Add(62 * time.Second)) {
		t.Errorf("a pause that ends later becomes one of %s", p.until.Sub(someTime))
	}
}
