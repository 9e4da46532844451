package provider_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// personalFields are the fields of a call that hold personal data, and how the
// description of personal_data names each.
var personalFields = map[string]string{
	"from":                                "`from` and `to`",
	"to":                                  "`from` and `to`",
	"originator.number.number":            "the number, `caller_id_name` and `identity` of both sides",
	"originator.number.caller_id_name":    "the number, `caller_id_name` and `identity` of both sides",
	"originator.number.identity":          "the number, `caller_id_name` and `identity` of both sides",
	"originator.contact.id":               "the id and identifier value of their contacts",
	"originator.contact.identifier_value": "the id and identifier value of their contacts",
	"receiver.number.number":              "the number, `caller_id_name` and `identity` of both sides",
	"receiver.number.caller_id_name":      "the number, `caller_id_name` and `identity` of both sides",
	"receiver.number.identity":            "the number, `caller_id_name` and `identity` of both sides",
	"receiver.contact.id":                 "the id and identifier value of their contacts",
	"receiver.contact.identifier_value":   "the id and identifier value of their contacts",
	"sip_insights.remote_signalling_ip":   "remote addresses",
	"sip_insights.remote_media_ip":        "remote addresses",
	"amd_result.speech":                   "the speech that answering-machine detection heard",
	"call_flow.commands.conditions.value": "the values of a call flow's conditions",
	"notification.url":                    "the notification URL",
}

// The description of personal_data, on which users rely, has each field that is
// omitted from a call in which every field is set.
func TestPersonalDataIsWhatTheDescriptionLists(t *testing.T) {
	t.Parallel()
	call, _ := markedElement(reflect.TypeFor[bird.Call](), "7654990")
	s := configured(t, serveBody(t, `{"results":[`+call+`]}`), nil)
	omitted := make(map[string]bool)
	for _, k := range s.kindsWith("personal_data") {
		config := s.required(k)
		kept, left := make(map[string]any), make(map[string]any)
		flatten("", plain(t, s.calls(k, config)[0]), kept)
		config["personal_data"] = "omit"
		flatten("", plain(t, s.calls(k, config)[0]), left)
		for path, value := range kept {
			if value == nil {
				t.Errorf("%s is not set", path)
			}
			if left[path] == nil {
				omitted[strings.TrimPrefix(strings.ReplaceAll(path, "[0]", ""), ".")] = true
			}
		}
		attributes := s.block(k).Attributes
		description := attributes[slices.IndexFunc(attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "personal_data" })].Description
		for path, words := range personalFields {
			if !strings.Contains(description, words) {
				t.Errorf("%s: %q, for %s, is not in the description: %s", k, words, path, description)
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(personalFields)), slices.Sorted(maps.Keys(omitted))); diff != "" {
		t.Errorf("fields (-in the description +omitted):\n%s", diff)
	}
}

// fieldsOf returns a field of a call by its path, once for each element of the
// lists on the way. There is none where what holds it is null.
func fieldsOf(t testing.TB, value tftypes.Value, path string) (texts []*string) {
	t.Helper()
	if path == "" {
		var text *string
		if err := value.As(&text); err != nil {
			t.Fatal(err)
		}
		return []*string{text}
	}
	if value.IsNull() {
		return nil
	}
	if value.Type().Is(tftypes.List{}) {
		var list []tftypes.Value
		if err := value.As(&list); err != nil {
			t.Fatal(err)
		}
		for _, element := range list {
			texts = append(texts, fieldsOf(t, element, path)...)
		}
		return texts
	}
	name, rest, _ := strings.Cut(path, ".")
	return fieldsOf(t, attributeOf(t, value, name), rest)
}

// personalTexts returns the personal data of the calls, with more than a few
// characters.
func personalTexts(calls []bird.Call) map[string]bool {
	texts := make(map[string]bool)
	for path := range personalFields {
		for i := range calls {
			addTexts(texts, reflect.ValueOf(calls[i]), strings.Split(path, "."))
		}
	}
	return texts
}

// addTexts adds the texts at a path of tfsdk tags, those of each element of a list.
func addTexts(texts map[string]bool, value reflect.Value, path []string) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			addTexts(texts, value.Elem(), path)
		}
	case reflect.Slice:
		for i := range value.Len() {
			addTexts(texts, value.Index(i), path)
		}
	case reflect.Struct:
		for field := range value.Type().Fields() {
			if field.Tag.Get("tfsdk") == path[0] {
				addTexts(texts, value.FieldByIndex(field.Index), path[1:])
			}
		}
	case reflect.String:
		if text := value.String(); len(text) > 4 {
			texts[text] = true
		}
	}
}

// noPersonalData wants no personal data of the calls in any of the contents.
func noPersonalData(t *testing.T, calls []bird.Call, contents ...string) {
	t.Helper()
	texts := personalTexts(calls)
	if len(texts) < 50 {
		t.Fatalf("only %d texts to look for", len(texts))
	}
	// Numbers are looked for by what they have in common, since there are many.
	number := regexp.MustCompile(birdtest.NumberPattern + `000\d{3}`)
	decimal := regexp.MustCompile(`\b\d+\.\d+`) // such as the mean 4.0029000000000003
	for i, content := range contents {
		if found := number.FindString(decimal.ReplaceAllString(content, "")); found != "" {
			t.Errorf("content %d holds the number …%s", i, found)
		}
		for text := range texts {
			if !number.MatchString(text) && !strings.HasPrefix(text, "https://") && strings.Contains(content, text) {
				t.Errorf("content %d holds %q", i, text)
				break
			}
		}
		if strings.Contains(content, "https://example.com/hooks") {
			t.Errorf("content %d holds a notification URL", i)
		}
	}
}

func TestPersonalDataIsOmittedOrPseudonymized(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 4, Calls: 300})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	key, otherKey := strings.Repeat("k", 32), strings.Repeat("o", 32)
	list := func(config, argument object) []tftypes.Value {
		return elements(t, configured(t, server, config).state("bird_channel_calls", channel(argument)), "calls")
	}
	kept := list(nil, nil)
	omitted := list(nil, object{"personal_data": "omit"})
	tokens := list(object{"pseudonym_key": key}, object{"personal_data": "pseudonymize"})
	again := list(object{"pseudonym_key": key}, object{"personal_data": "pseudonymize"})
	others := list(object{"pseudonym_key": otherKey}, object{"personal_data": "pseudonymize"})

	token := regexp.MustCompile(`^[0-9a-f]{32}$`)
	tokenOf := make(map[string]string) // by value, without +
	valueOf := make(map[string]string)
	seen := make(map[string]int)
	for i := range kept {
		for path := range personalFields {
			values, pseudonyms := fieldsOf(t, kept[i], path), fieldsOf(t, tokens[i], path)
			left, same, other := fieldsOf(t, omitted[i], path), fieldsOf(t, again[i], path), fieldsOf(t, others[i], path)
			for j, value := range values {
				pseudonym := pseudonyms[j]
				if left[j] != nil {
					t.Fatalf("call %d: %s is %q though omitted", i, path, *left[j])
				}
				if value == nil {
					if pseudonym != nil {
						t.Fatalf("call %d: %s is %q for null", i, path, *pseudonym)
					}
					continue
				}
				seen[path]++
				if pseudonym == nil || !token.MatchString(*pseudonym) {
					t.Fatalf("call %d: %s is no token", i, path)
				}
				plain := strings.TrimPrefix(*value, "+")
				if known, ok := tokenOf[plain]; ok && known != *pseudonym {
					t.Errorf("call %d: %s has another token than the same value elsewhere", i, path)
				}
				if known, ok := valueOf[*pseudonym]; ok && known != plain {
					t.Errorf("call %d: %s shares its token with another value", i, path)
				}
				tokenOf[plain], valueOf[*pseudonym] = *pseudonym, plain
				if *same[j] != *pseudonym {
					t.Errorf("call %d: %s has another token in another read", i, path)
				}
				if *other[j] == *pseudonym {
					t.Errorf("call %d: %s has the same token under another key", i, path)
				}
			}
		}
		for _, path := range []string{"id", "status", "created_at", "originator.number.country_iso_code", "sip_insights.user_agent"} {
			if want, got := fieldsOf(t, kept[i], path), fieldsOf(t, tokens[i], path); !reflect.DeepEqual(want, got) {
				t.Errorf("call %d: %s was changed", i, path)
			}
		}
	}
	for path := range personalFields {
		if seen[path] == 0 {
			t.Errorf("%s is in no call, so nothing was shown of it", path)
		}
	}
}

func TestPersonalDataPseudonymsNeedAKey(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	expectDiagnostic(t, configured(t, server, nil), channel(object{"personal_data": "pseudonymize"}), `AttributeName("personal_data")`, "Missing pseudonym key", "pseudonym_key", "BIRD_PSEUDONYM_KEY")
	expectDiagnostic(t, configured(t, server, nil), channel(object{"personal_data": "hide"}), "personal_data", "keep", "omit", "pseudonymize")
	if text := newSession(t).configure(object{"token": "t0", "pseudonym_key": "short-key-0123"}, nil); !strings.Contains(text, "Pseudonym key too short") || strings.Contains(text, "short-key-0123") {
		t.Errorf("diagnostic %q", text)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestPersonalDataKeyComesFromTheEnvironmentToo(t *testing.T) {
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 1})})
	key := strings.Repeat("e", 32)
	byAttribute := configured(t, server, object{"pseudonym_key": key})
	t.Setenv("BIRD_PSEUDONYM_KEY", key)
	byEnvironment := configured(t, server, nil)
	arguments := channel(object{"personal_data": "pseudonymize"})
	want := elements(t, byAttribute.state("bird_channel_calls", arguments), "calls")[0]
	got := elements(t, byEnvironment.state("bird_channel_calls", arguments), "calls")[0]
	if !want.Equal(got) {
		t.Error("other tokens")
	}
}

func TestPersonalDataIsNotInStateOrPlan(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 6, Calls: 150})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	ephemeral := fmt.Sprintf(`
ephemeral "bird_channel_calls" "test" {
  workspace_id = %q
  channel_id   = %q

  lifecycle {
    postcondition {
      condition     = length(self.calls) == %d && length([for call in self.calls : call if call.from != null]) > 0
      error_message = "Calls are missing."
    }
  }
}

resource "terraform_data" "test" {}
`, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, len(calls))
	for name, test := range map[string]struct{ config, since string }{
		"data": {strings.Replace(dataChannelCalls(""), "bird_channel_calls", "bird_channel_call_summary", 1) +
			strings.Replace(dataChannelCalls("  personal_data = \"omit\""), "test", "omit", 1) +
			strings.Replace(dataChannelCalls("  attributes = [\"created_at\", \"status\"]"), "test", "attributes", 1) +
			strings.Replace(dataChannelCalls("  personal_data = \"pseudonymize\""), "test", "pseudonymize", 1), ""},
		"ephemeral": {ephemeral, "1.10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needTerraform(t)
			if test.since != "" {
				needVersion(t, test.since, "1.11")
			}
			w := newWorkspace(t, server, test.config)
			w.env = append(w.env, "BIRD_PSEUDONYM_KEY="+strings.Repeat("k", 32), "TF_LOG_PROVIDER=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
			w.run("plan", "-input=false", "-out=saved.plan")
			w.run("apply", "-input=false", "saved.plan")
			noPersonalData(t, calls, unzipped(t, w.read("saved.plan")), w.read("terraform.tfstate"), w.run("show", "saved.plan"))
			if len(server.Requests()) == 0 {
				t.Error("no calls were read")
			}
			var own []string // the log lines of the provider's own, without the framework's at TRACE
			for line := range strings.SplitSeq(w.read("trace.log"), "\n") {
				if strings.Contains(line, "@module=bird") {
					own = append(own, line)
				}
			}
			if len(own) == 0 {
				t.Error("the provider logged nothing")
			}
			noPersonalData(t, calls, strings.Join(own, "\n"))
		})
	}
}
