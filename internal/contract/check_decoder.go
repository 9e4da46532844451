package contract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// checkDecoder has the client decode every page that came.
var checkDecoder = check{
	subjects: []string{"decoder"},
	needs:    needsCalls,
	run: func(r *run) error {
		refused := make(tally)
		for _, body := range r.bodies {
			if err := r.decode(body); err != nil {
				name := "no list of calls"
				if e, ok := errors.AsType[*bird.FieldError](err); ok {
					name = fieldPath(e.Field)
				}
				refused[name]++
			}
		}
		if len(refused) > 0 {
			r.broken("decoder", "refuses calls", "pages by the first field that is refused: %s; of %d", refused, len(r.bodies))
		} else {
			r.found("decoder", "accepts every call", "%d calls", len(r.known))
		}
		return nil
	},
}

// decode returns the error of a client that gets a page as the response to its
// request.
func (r *run) decode(body []byte) error {
	client := bird.New(r.clientConfig(replay(body)))
	for _, err := range client.ChannelCalls(context.WithoutCancel(r.ctx), r.workspaceID, r.channelID, bird.CallsQuery{}) {
		return err // of the first page
	}
	return nil
}

// replay is a transport that responds with a page that came before.
type replay []byte

func (r replay) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: make(http.Header), Body: io.NopCloser(bytes.NewReader(r)), Request: req,
	}, nil
}
