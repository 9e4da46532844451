package bird

import "io"

// DecodeAnswer gives the calls of an answer to the tests that use birdtest,
// which cannot be in this package.
func DecodeAnswer(r io.Reader) ([]Call, error) {
	answer, err := decodeAnswer(r)
	return answer.calls, err
}
