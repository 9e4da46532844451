package bird

import (
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "",
		"plain words, 12345":                   "plain words, 12345",
		"call 123456":                          "call [number]",
		"+31970001234567":                      "+[number]",
		"٣١٩٧٠٠٠١٢٣":                           "[number]",
		" two\n lines\t ":                      "two lines",
		"\x1b]0;title\x07":                     `\x1b]0;title\a`,
		"\u202eright to left":                  `\u202eright to left`,
		"nul\x00, del\x7f":                     `nul\x00, del\x7f`,
		"zero width\u200b":                     `zero width\u200b`,
		"株式会社 Ærø ☎":                           "株式会社 Ærø ☎",
		"A1B7C9D2-4E5F-4A6B-8C7D-123456789012": "A1B7C9D2-4E5F-4A6B-8C7D-123456789012",
		"caller +49 151 234 56789 is not allowed": "caller +[number] is not allowed",
		"030-123-45678":                          "[number]",
		"(0151) 23-45-67":                        "([number]",
		"+49 (0) 151 / 23.45.67":                 "+[number]",
		"[030] {12} 34_5":                        "[[number]",
		"030‐12–34 − 56":                         "[number]",
		"030\u00a012\u200934\u200b56":            "[number]",
		"030\n12\r\n345":                         "[number]",
		"030\x0012\x00345":                       "[number]",
		"from=%2B49%20151%20234":                 "from=%2B[number]",
		"from=49+151+234":                        "from=[number]",
		"030 12":                                 "030 12",
		"12, 34, 56, 78":                         "12, 34, 56, 78",
		"12a34b56c78":                            "12a34b56c78",
		"someone@sip.example.com is unknown":     "[address] is unknown",
		"<sip:some.one+tag@10.0.0.1:5060>;tag=1": "<[address]>;tag=1",
		`"Ann Bee"@example.com`:                  "[address]",
		"someone%40example.com, ann@pbx":         "[address] [address]",
		"4fc2edf7-68f5-437a-89eb-3ce0095409d6@sip.example.com": "[address]",
		"at @ and a @b": "at @ and a @b",
		// What is no phone number stays readable.
		"2026-11-25": "2026-11-25",
		"at 2026-11-25 10:00 or 2026-11-25T10:00:00.123456Z":   "at 2026-11-25 10:00 or 2026-11-25T10:00:00.123456Z",
		"2026-11-25T10:00:00+01:00/2026-11-26T10:00:00,5-0130": "2026-11-25T10:00:00+01:00/2026-11-26T10:00:00,5-0130",
		"2026-11-01/2026-11-30, 2026/11/25":                    "2026-11-01/2026-11-30, 2026/11/25",
		"Wed, 25 Nov 2026 10:00:00 GMT":                        "Wed, 25 Nov 2026 10:00:00 GMT",
		"25/Nov/2026:10:00:00 +0000 422":                       "25/Nov/2026:10:00:00 +[number]",
		"dial tcp 10.20.30.40:443: i/o":                        "dial tcp 10.20.30.40:443: i/o",
		// What looks like it, and may be one.
		"2026-11-25 1":           "[number]",
		"2026-13-25":             "[number]",
		"0151-11-25":             "[number]",
		"49 2026-11-25":          "[number]",
		"10:00:00.0151234567890": "10:00:00.[number]",
		"151.23.45.67":           "[number]",
		"10.20.30.40:443151":     "[number]:[number]",
		"x-123e4567-e89b-12d3-a456-426614174000-31970001": "x-123e4567-e89b-12d3-a456-426614174000-[number]",
		strings.Repeat("x", maxShown):                     strings.Repeat("x", maxShown),
		strings.Repeat("x", maxShown) + "y":               strings.Repeat("x", maxShown) + "…",
	} {
		if got := shown(text); got != want {
			t.Errorf("shown(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestShownID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"":                                     "",
		"req-12345":                            "req-12345",
		"4bf92f3577b34da6a3ce929d0e0e4736":     "4bf92f3577b34da6a3ce929d0e0e4736",
		"a1234567":                             "a1234567",
		"1234567a":                             "1234567a",
		"12ab345678901cd":                      "12ab345678901cd",
		"123e4567-e89b-12d3-a456-426614174000": "123e4567-e89b-12d3-a456-426614174000",
		"31970001234567":                       "[number]",
		"req-31970001234567":                   "req-[number]",
		"for +31970001234567\x1b":              `for +[number]\x1b`,
		"req-030-123-45678":                    "req-[number]",
		"call49-151-234567":                    "call[number]",
		"for someone@example.com":              "for [address]",
		"2026-11-25T10:00:00.123Z-8f3a":        "2026-11-25T10:00:00.123Z-8f3a",
		"_x7gT9K2-01_pQ34567890==":             "_x7gT9K2-01_pQ34567890==",
		strings.Repeat("x", maxShown) + "y":    strings.Repeat("x", maxShown) + "…",
	} {
		if got := shownID(id); got != want {
			t.Errorf("shownID(%q) = %q, want %q", id, got, want)
		}
	}
}

// A number is masked as a whole, also where the text is truncated within it.
func TestShownMasksANumberThatIsCut(t *testing.T) {
	t.Parallel()
	for from := maxShown - 15; from <= maxShown; from++ {
		text := strings.Repeat("x", from-1) + " 31970001234567 and more"
		for name, got := range map[string]string{"shown": shown(text), "shownID": shownID(text)} {
			if strings.ContainsAny(got, "0123456789") || !strings.HasSuffix(got, "…") {
				t.Errorf("%s of a number at byte %d: %q", name, from, got)
			}
		}
	}
}

// Of a body, only the text that a page of HTML shows is in a message.
func TestExcerptShowsOnlyWhatHTMLShows(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                  bodyEmpty,
		" \r\n\t":           bodyEmpty,
		`{"from":"Ann"}`:    bodyJSON,
		"{\n  \"from\": 1}": bodyJSON,
		`["Ann"]`:           bodyJSON,
		`[ [ "Ann" ] ]`:     bodyJSON,
		`[{`:                bodyJSON,
		`"Ann"`:             bodyJSON,
		" \"Ann\"":          bodyJSON,
		"\uFEFF\"Ann\"":     bodyJSON,
		"\uFEFF{\"a\":1}":   bodyJSON,
		`{'from':'Ann'}`:    bodyJSON,
		`{"from":"Ann`:      bodyJSON,
		// Whatever precedes it.
		")]}',\n{\"from\":\"Ann\"}":                           bodyJSON,
		"while(1);[\"Ann\"]":                                  bodyJSON,
		"for(;;);{\"from\":\"Ann\"}":                          bodyJSON,
		"/**/callback({\"from\":\"Ann\"})":                    bodyJSON,
		"Deprecated since 2024\n{\"from\":\"Ann\"}":           bodyJSON,
		"data: {\"from\":\"Ann\"}\n\n":                        bodyJSON,
		"<!-- notice -->\n{\"from\":\"Ann\"}":                 bodyJSON,
		"<html><pre>{&quot;from&quot;:&quot;Ann&quot;}</pre>": bodyJSON,
		"<html><b>{</b>\"from\":\"Ann\"}":                     bodyJSON,
		// Other forms of calls.
		"id,from,to\n1,Ann,Bee\n":                              bodyOther,
		"<?xml version=\"1.0\"?><call><from>Ann</from></call>": bodyOther,
		"<call><from>Ann</from></call>":                        bodyOther,
		"- from: Ann\n  to: Bee\n":                             bodyOther,
		"from=Ann&to=Bee":                                      bodyOther,
		"Ann called Bee":                                       bodyOther,
		"3.14":                                                 bodyOther,
		"\x89PNG\r\n\x1a\n":                                    bodyOther,
		"\x00\x00":                                             bodyOther,
		"\x1f\x8b\xff":                                         bodyOther,
		// Pages.
		"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>nginx": "502 Bad Gateway 502 Bad Gateway nginx",
		"\uFEFF \n<HTML>Sign&nbsp;in &amp; go on": "Sign in & go on",
		"<html>":             bodyNoText,
		"<html><!-- Ann -->": bodyNoText,
		`<html><a href="/?from=Ann" title="Ann">more</a><img alt="Ann">`:                                                                         "more",
		`<html><input value="Ann"><textarea>Ann</textarea><select><option>Ann`:                                                                   bodyNoText,
		`<html><script>var call = {"from":"Ann"}</script><style>Ann{}</style>ok`:                                                                 "ok",
		"<html><template>Ann</template><noscript>Ann</noscript><svg><text>Ann</text></svg>ok":                                                    "ok",
		`<html><p hidden>Ann</p><p style="color: red; DISPLAY : none">Ann</p><p style="visibility:hidden"><b>Ann</b></p><p style="color:red">ok`: "ok",
		"<html>" + strings.Repeat("<b>", 2000) + "Ann":                                                                                           bodyNoText,
		"<html>caller +49 151 <b>234</b> 56789, ann@example.com":                                                                                 "caller +[number], [address]",
		"<html>" + secret[:10] + "<br>\n" + secret[10:] + " sent":                                                                                "[redacted] sent",
	} {
		if got := excerpt([]byte(body), BearerToken(secret)); got != want {
			t.Errorf("the body %q is shown as %q, want %q", body, got, want)
		}
	}
}
