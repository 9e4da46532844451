package bird

import (
	"io"
)

// DecodeResponse decodes the calls of a response for the tests that use
// birdtest, which cannot be in this package.
func DecodeResponse(r io.Reader) ([]Call, error) {
	page, err := decodeResponse[Call](r)
	return page.items, err
}
