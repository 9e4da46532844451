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
