package bird

import (
	"io"
	"net/http"
)

// DecodeResponse decodes the calls of a response for the tests that use
// birdtest, which cannot be in this package.
func DecodeResponse(r io.Reader) ([]Call, error) {
	page, err := decodeResponse[Call](r)
	return page.items, err
}

// WrapTransport puts a transport around that of a client.
func WrapTransport(client *Client, wrap func(http.RoundTripper) http.RoundTripper) {
	client.http.Transport = wrap(client.http.Transport)
}
