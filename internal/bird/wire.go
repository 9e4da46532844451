package bird

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The API sends some fields sometimes as a string and sometimes as a number. Each
// struct with such fields is decoded as a type without its methods, whose fields
// are hidden by fields of the same names that accept both.

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (c *Call) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type Plain Call
	wire := struct {
		*Plain
		Duration        whole   `json:"duration"`
		HangupCauseCode whole   `json:"hangupCauseCode"`
		HangupSIPCode   *scalar `json:"hangupSipCode"`
	}{Plain: (*Plain)(c)}
	err := json.UnmarshalDecode(dec, &wire)
	c.Duration, c.HangupCauseCode = wire.Duration.value, wire.HangupCauseCode.value
	c.HangupSIPCode = (*string)(wire.HangupSIPCode)
	return err
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (q *QualityInsights) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type Plain QualityInsights
	wire := struct {
		*Plain
		MOS *scalar `json:"mos"`
		PDD *scalar `json:"pdd"`
	}{Plain: (*Plain)(q)}
	err := json.UnmarshalDecode(dec, &wire)
	q.MOS, q.PDD = (*string)(wire.MOS), (*string)(wire.PDD)
	return err
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (s *SIPInsights) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type Plain SIPInsights
	wire := struct {
		*Plain
		HangupSIPCode *scalar `json:"hangupSipCode"`
	}{Plain: (*Plain)(s)}
	err := json.UnmarshalDecode(dec, &wire)
	s.HangupSIPCode = (*string)(wire.HangupSIPCode)
	return err
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (c *Condition) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type Plain Condition
	wire := struct {
		*Plain
		Value *literal `json:"value"`
	}{Plain: (*Plain)(c)}
	err := json.UnmarshalDecode(dec, &wire)
	c.Value = (*string)(wire.Value)
	return err
}

// scalar is a string, or a number as it was written.
type scalar string

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (s *scalar) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch kind := dec.PeekKind(); kind {
	case '"':
		return json.UnmarshalDecode(dec, (*string)(s))
	case '0':
		value, err := dec.ReadValue()
		*s = scalar(value)
		return err
	default:
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return fieldProblem("is " + kindName(kind) + ", not a string or a number")
	}
}

// literal is a [scalar], or the text of a boolean.
type literal string

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (l *literal) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != 't' && kind != 'f' {
		return (*scalar)(l).UnmarshalJSONFrom(dec)
	}
	value, err := dec.ReadValue()
	*l = literal(value)
	return err
}

// whole is a whole number in any form: 16, 16.0, 1e1 or "16". It is nil for null
// and for "".
type whole struct{ value *int64 }

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (w *whole) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	kind := dec.PeekKind()
	if kind != '"' && kind != '0' {
		return json.UnmarshalDecode(dec, &w.value) // its error says which type it is
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	text := token.String()
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n, err = parseWhole(text)
	}
	w.value = &n
	return err
}

// parseWhole parses a JSON number that has a whole value, such as 1.60e1.
func parseWhole(text string) (int64, error) {
	const problem = fieldProblem("is not a whole number of 64 bits")
	if value := jsontext.Value(text); value.Kind() != '0' || !value.IsValid() {
		return 0, problem
	}
	mantissa, zeros := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil {
			return 0, problem
		}
		mantissa, zeros = text[:i], exponent
	}
	before, after, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(before+after, "0")
	if digits == "" || digits == "-" {
		return 0, nil
	}
	zeros += len(before) - len(digits)
	if zeros < 0 || zeros > 18 { // no int64 has more
		return 0, problem
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", zeros), 10, 64)
	if err != nil {
		return 0, problem
	}
	return n, nil
}

// fieldProblem is what is wrong with a field, as [FieldError] says it.
type fieldProblem string

func (p fieldProblem) Error() string { return string(p) }
