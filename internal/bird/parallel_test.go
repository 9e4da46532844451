package bird_test

import (
	"fmt"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// A read side by side may make 1.35 times the requests of one in sequence
// where calls are spread evenly, and twice as many where nine of ten fall into
// one hour of the month.
func TestReadingSideBySideCostsFewRequests(t *testing.T) {
	t.Parallel()
	const pageSize = 500 // half the real one, so that there are many pages of few calls
	for burst, atMost := range map[float64]float64{0: 1.35, 0.9: 2} {
		for _, pages := range []int{1, 2, 5, 13, 20} {
			for order, value := range orders {
				if burst > 0 && pages < 10 || burst == 0 && value == birdtest.Shuffled && pages < 10 {
					continue // a page more weighs more than that
				}
				t.Run(fmt.Sprintf("%d pages, %s, burst %.1f", pages, order, burst), func(t *testing.T) {
					t.Parallel()
					calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(pages), Calls: pages*pageSize - 7, Burst: burst}))
					server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: value, EndExclusive: true, PageSize: pageSize})
					got, err := read(t.Context(), newClient(t, server, nil), divisible())
					if err != nil {
						t.Fatal(err)
					}
					wantCalls(t, calls, got)
					ratio := float64(len(server.Requests())) / float64(pages)
					t.Logf("%d requests: %.2f times", len(server.Requests()), ratio)
					if ratio > atMost || pages == 1 && ratio > 1 {
						t.Errorf("%d requests for %d pages: %.2f times, more than %.2f", len(server.Requests()), pages, ratio, atMost)
					}
				})
			}
		}
	}
}
