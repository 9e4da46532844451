package bird

import (
	"io"
	"iter"
)

// DecodeResponse decodes the calls of a response for the tests that use
// birdtest, which cannot be in this package.
func DecodeResponse(r io.Reader) ([]Call, error) {
	page, err := decodeResponse[Call](r)
	return page.items, err
}

// Dedupe exports dedupe, without a check.
func Dedupe(pages iter.Seq2[Page[Call], error]) iter.Seq2[Page[Call], error] {
	return dedupe(pages, Credential{}, func(*Call) error { return nil })
}
