package bird

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every leaf of a call is in one of these two lists, by its path in Terraform.
var (
	personalLeaves = []string{
		"from", "to",
		"originator.contact.id", "originator.contact.identifier_value",
		"originator.number.number", "originator.number.caller_id_name", "originator.number.identity",
		"receiver.contact.id", "receiver.contact.identifier_value",
		"receiver.number.number", "receiver.number.caller_id_name", "receiver.number.identity",
		"call_flow.commands.conditions.value",
		"notification.url",
		"sip_insights.remote_signalling_ip", "sip_insights.remote_media_ip",
		"amd_result.speech",
	}
	keptLeaves = []string{
		"id", "channel_id", "parent_id",
		"originator.contact.identifier_key", "originator.number.type", "originator.number.anonymous", "originator.number.country_iso_code", "originator.number.pstn_number_type",
		"receiver.contact.identifier_key", "receiver.number.type", "receiver.number.anonymous", "receiver.number.country_iso_code", "receiver.number.pstn_number_type",
		"direction", "status", "reason", "type", "sip_type", "duration", "hangup_cause_code", "hangup_source", "hangup_sip_code",
		"created_at", "updated_at", "ringing_at", "answered_at", "ended_at", "scheduled_for",
		"call_flow.id", "call_flow.commands.id", "call_flow.commands.call_id", "call_flow.commands.call_flow_id", "call_flow.commands.status", "call_flow.commands.command",
		"call_flow.commands.conditions.variable", "call_flow.commands.conditions.operator",
		"quality_insights.mos", "quality_insights.pdd",
		"sip_insights.hangup_sip_code", "sip_insights.edge_region", "sip_insights.provider_name", "sip_insights.user_agent",
		"amd_result.result", "amd_result.locale",
		"tags",
	}
)

// walkLeaves calls visit with each leaf below a value: structs are walked by
// their tfsdk tags. Where fill is set, nil pointers and lists of two elements on
// the way are made.
func walkLeaves(path string, value reflect.Value, fill bool, visit func(path string, leaf reflect.Value)) {
	switch t := value.Type(); {
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			walkLeaves(strings.TrimPrefix(path+"."+t.Field(i).Tag.Get("tfsdk"), "."), value.Field(i), fill, visit)
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		if fill {
			value.Set(reflect.MakeSlice(t, 2, 2))
		}
		for i := range value.Len() {
			walkLeaves(path, value.Index(i), fill, visit)
		}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		if fill {
			value.Set(reflect.New(t.Elem()))
		}
		if !value.IsNil() {
			walkLeaves(path, value.Elem(), fill, visit)
		}
	default:
		visit(path, value)
	}
}

// fullCall returns a call in which every leaf is set, strings to a text of
// their own.
func fullCall() *Call {
	call := new(Call)
	walkLeaves("", reflect.ValueOf(call).Elem(), true, func(path string, leaf reflect.Value) {
		switch leaf.Kind() {
		case reflect.String:
			leaf.SetString("value of " + path)
		case reflect.Slice:
			leaf.Set(reflect.ValueOf([]*string{new("value of " + path)}))
		default:
			leaf.Set(reflect.New(leaf.Type().Elem()))
			if leaf.Elem().Kind() == reflect.String {
				leaf.Elem().SetString("value of " + path)
			}
		}
	})
	return call
}

func TestPersonalDataIsInOneOfTwoLists(t *testing.T) {
	t.Parallel()
	var leaves []string
	walkLeaves("", reflect.ValueOf(fullCall()).Elem(), false, func(path string, _ reflect.Value) { leaves = append(leaves, path) })
	for _, path := range leaves {
		if slices.Contains(personalLeaves, path) == slices.Contains(keptLeaves, path) {
			t.Errorf("decide on %s: it must be in one of the lists of personal and of kept leaves", path)
		}
	}
	for _, path := range slices.Concat(personalLeaves, keptLeaves) {
		if !slices.Contains(leaves, path) {
			t.Errorf("a call has no leaf %s", path)
		}
	}
}

func TestPersonalDataIsOmittedOrReplacedAndTheRestKept(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Call){
		"omit":         (*Call).OmitPersonalData,
		"pseudonymize": func(call *Call) { call.PseudonymizePersonalData("key") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := fullCall()
			change(call)
			kept := make(map[string]any)
			walkLeaves("", reflect.ValueOf(fullCall()).Elem(), false, func(path string, leaf reflect.Value) { kept[path] = leaf.Interface() })
			walkLeaves("", reflect.ValueOf(call).Elem(), false, func(path string, leaf reflect.Value) {
				same := reflect.DeepEqual(leaf.Interface(), kept[path])
				switch {
				case slices.Contains(keptLeaves, path) && !same:
					t.Errorf("%s is not kept", path)
				case slices.Contains(personalLeaves, path) && name == "omit" && !leaf.IsNil():
					t.Errorf("%s is %q, not null", path, leaf.Elem())
				case slices.Contains(personalLeaves, path) && name == "pseudonymize" && (leaf.IsNil() || same):
					t.Errorf("%s is not replaced", path)
				}
			})
		})
	}
}

// objects returns the objects and lists of objects below a value, at every depth.
func objects(value reflect.Value) (all []reflect.Value) {
	switch t := value.Type(); {
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			all = append(all, objects(value.Field(i))...)
		}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		all = append(append(all, value), objects(value.Elem())...)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		all = append(append(all, value), objects(value.Index(0))...)
	}
	return all
}

// What is absent hides nothing of the rest.
func TestPersonalDataIsOmittedWhateverIsAbsent(t *testing.T) {
	t.Parallel()
	for i := range objects(reflect.ValueOf(fullCall()).Elem()) {
		call := fullCall()
		absent := objects(reflect.ValueOf(call).Elem())[i]
		absent.SetZero()
		call.OmitPersonalData()
		walkLeaves("", reflect.ValueOf(call).Elem(), false, func(path string, leaf reflect.Value) {
			if slices.Contains(personalLeaves, path) && !leaf.IsNil() {
				t.Errorf("without a %s (object %d of a call), %s is %q, not null", absent.Type(), i, path, leaf.Elem())
			}
		})
	}
}

func TestPseudonymizePersonalDataIsHMACSHA256(t *testing.T) {
	t.Parallel()
	pseudonymOf := func(key, value string) string {
		call := &Call{From: &value}
		call.PseudonymizePersonalData(key)
		return *call.From
	}
	// RFC 4231, section 4.3.
	if got, want := pseudonymOf("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7"; got != want {
		t.Errorf("token %s, want %s", got, want)
	}
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"+31970", "31970", true}, {"+client", "client", false}, {"+31 970", "31 970", false}, {"31970", "31971", false}, {"+", "", true},
	} {
		if same := pseudonymOf("k", test.a) == pseudonymOf("k", test.b); same != test.same {
			t.Errorf("%q and %q have the same token: %v", test.a, test.b, same)
		}
	}
	if pseudonymOf("k", "31970") == pseudonymOf("l", "31970") {
		t.Error("two keys make the same token")
	}
}
