package bird

import (
	"math"
	"strconv"

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

// whole is a whole number in any form: 16, 16.0, 1e1 or "16". A number has the
// precision of a double, as is usual in JSON (RFC 7493, section 2.2), so more than 53
// bits are an error. It is nil for null and for "".
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
	n, err := strconv.ParseFloat(text, 64) // which also parses what is no number in JSON
	if err != nil || kind == '"' && !isNumber(text) || n != math.Trunc(n) || math.Abs(n) >= 1<<53 {
		return fieldProblem("is not a whole number of 53 bits")
	}
	w.value = new(int64(n))
	return nil
}

// isNumber reports whether text is a number in JSON.
func isNumber(text string) bool {
	value := jsontext.Value(text)
	return value.Kind() == '0' && value.IsValid()
}

// fieldProblem is what is wrong with a field, as [FieldError] says it.
type fieldProblem string

func (p fieldProblem) Error() string { return string(p) }
