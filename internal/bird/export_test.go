package bird

import (
	"context"
	"io"
	"iter"
	"net"
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

// SetTransport makes a client send its requests through a transport.
func (c *Client) SetTransport(transport http.RoundTripper) { c.http.Transport = counted{transport} }

// DialWith makes a client connect in another way, and trust whom it meets.
func (c *Client) DialWith(dial func(context.Context, string, string) (net.Conn, error)) {
	transport := c.http.Transport.(*http.Transport)
	transport.DialContext = dial
	transport.TLSClientConfig.InsecureSkipVerify = true
}

// Dedupe exports dedupe, without a check.
func Dedupe(pages iter.Seq2[Page[Call], error]) iter.Seq2[Page[Call], error] {
	return dedupe(pages, Credential{}, func(*Call) error { return nil })
}
