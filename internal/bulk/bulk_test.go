package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dsschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
)

// element has a field of each kind that a list may hold.
type element struct {
	Name   string      `tfsdk:"name"`
	Text   *string     `tfsdk:"text"`
	Number *int64      `tfsdk:"number"`
	Ratio  *float64    `tfsdk:"ratio"`
	Flag   *bool       `tfsdk:"flag"`
	Tags   []*string   `tfsdk:"tags"`
	Inner  *inner      `tfsdk:"inner"`
	Parts  []innermost `tfsdk:"parts"`
}

type inner struct {
	Innermost *innermost `tfsdk:"innermost"`
}

type innermost struct {
	Text *string `tfsdk:"text"`
}

func innermostAttributes() map[string]dsschema.Attribute {
	return map[string]dsschema.Attribute{"text": dsschema.StringAttribute{Computed: true}}
}

// testProvider has a data source and an ephemeral resource whose list comes
// from read.
type testProvider struct {
	read func(ctx context.Context) (list []element, bulk bool, err error)
}

func (p *testProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}
func (p *testProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (p *testProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (p *testProvider) Resources(context.Context) []func() resource.Resource { return nil }
func (p *testProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &testDataSource{p} }}
}
func (p *testProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &testEphemeral{p} }}
}

type testDataSource struct{ *testProvider }

func (d *testDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "test_list"
}

func (d *testDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dsschema.Schema{Attributes: map[string]dsschema.Attribute{
		"before": dsschema.StringAttribute{Optional: true},
		"list": dsschema.ListNestedAttribute{Computed: true, NestedObject: dsschema.NestedAttributeObject{Attributes: map[string]dsschema.Attribute{
			"name":   dsschema.StringAttribute{Computed: true},
			"text":   dsschema.StringAttribute{Computed: true},
			"number": dsschema.Int64Attribute{Computed: true},
			"ratio":  dsschema.Float64Attribute{Computed: true},
			"flag":   dsschema.BoolAttribute{Computed: true},
			"tags":   dsschema.ListAttribute{Computed: true, ElementType: types.StringType},
			"inner": dsschema.SingleNestedAttribute{Computed: true, Attributes: map[string]dsschema.Attribute{
				"innermost": dsschema.SingleNestedAttribute{Computed: true, Attributes: innermostAttributes()},
			}},
			"parts": dsschema.ListNestedAttribute{Computed: true, NestedObject: dsschema.NestedAttributeObject{Attributes: innermostAttributes()}},
		}}},
		"zero": dsschema.StringAttribute{Optional: true},
	}}
}

func (d *testDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	list, bulk, err := d.read(ctx)
	if bulk {
		if err := SetList(ctx, "list", list); err != nil {
			resp.Diagnostics.AddError("SetList", err.Error())
		}
	} else {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("list"), list)...)
	}
	if err != nil {
		resp.Diagnostics.AddError("read", err.Error())
	}
}

type testEphemeral struct{ *testProvider }

func (e *testEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "test_list"
}

func (e *testEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephschema.Schema{Attributes: map[string]ephschema.Attribute{
		"texts": ephschema.ListNestedAttribute{Computed: true, NestedObject: ephschema.NestedAttributeObject{
			Attributes: map[string]ephschema.Attribute{"text": ephschema.StringAttribute{Computed: true}},
		}},
	}}
}

func (e *testEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	resp.Result.Raw = req.Config.Raw
	if err := SetList(ctx, "texts", []innermost{{new("value")}}); err != nil {
		resp.Diagnostics.AddError("SetList", err.Error())
	}
}

// testLists are the lists of testProvider.
func testLists() map[string]List {
	return map[string]List{"list": {element{}, "Please ask for fewer elements."}, "texts": {innermost{}, ""}}
}

func newServer(p provider.Provider) *server { return NewProtocol6(p, testLists())().(*server) }

// read reads the data source of a server, and returns its value, null where the
// answer has none, with the diagnostics.
func read(t testing.TB, server tfprotov6.ProviderServer) (tftypes.Value, []*tfprotov6.Diagnostic) {
	t.Helper()
	ctx := context.Background()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ty := schema.DataSourceSchemas["test_list"].ValueType().(tftypes.Object)
	config, err := tfprotov6.NewDynamicValue(ty, tftypes.NewValue(ty, map[string]tftypes.Value{
		"before": tftypes.NewValue(tftypes.String, "list"), // a value that looks like the attribute's name
		"list":   tftypes.NewValue(ty.AttributeTypes["list"], nil),
		"zero":   tftypes.NewValue(tftypes.String, nil),
	}))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: "test_list", Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	if resp.State == nil {
		return tftypes.NewValue(ty, nil), resp.Diagnostics
	}
	value, err := resp.State.Unmarshal(ty)
	if err != nil {
		t.Fatal(err)
	}
	return value, resp.Diagnostics
}

func randomElements(seed uint64) []element {
	r := rand.New(rand.NewPCG(seed, 1))
	text := func() *string {
		return [...]*string{nil, new(""), new("plain"), new("Zoë 📞 \u0000 \"quoted\""), new(strings.Repeat("long ", 1+r.IntN(20_000)))}[r.IntN(5)]
	}
	part := func() innermost { return innermost{text()} }
	list := make([]element, r.IntN(20))
	for i := range list {
		e := &list[i]
		e.Name = "name"
		e.Text = text()
		e.Number = [...]*int64{nil, new(int64(0)), new(int64(-1)), new(int64(1) << 53), new(int64(1)<<53 + 1), new(int64(-1) << 63), new(r.Int64())}[r.IntN(7)]
		e.Ratio = [...]*float64{nil, new(0.0), new(0.1), new(-2.5), new(r.Float64()), new(3.0)}[r.IntN(6)]
		e.Flag = [...]*bool{nil, new(false), new(true)}[r.IntN(3)]
		e.Tags = [][]*string{nil, {}, {text(), nil}}[r.IntN(3)]
		e.Inner = [...]*inner{nil, {}, {new(part())}}[r.IntN(3)]
		e.Parts = [][]innermost{nil, {}, {part(), {}}}[r.IntN(3)]
	}
	return list
}

func TestSetListReturnsTheValueOfTheFramework(t *testing.T) {
	t.Parallel()
	seen := 0
	for seed := range uint64(200) {
		list := randomElements(seed)
		seen += len(list)
		var bulk bool
		p := &testProvider{func(context.Context) ([]element, bool, error) { return list, bulk, nil }}
		want, diagnostics := read(t, providerserver.NewProtocol6(p)())
		if len(diagnostics) > 0 {
			t.Fatal(texts(diagnostics))
		}
		bulk = true
		got, diagnostics := read(t, newServer(p))
		if len(diagnostics) > 0 {
			t.Fatal(texts(diagnostics))
		}
		if diff, err := want.Diff(got); err != nil || len(diff) > 0 {
			t.Fatalf("seed %d: %v %v", seed, err, diff)
		}
	}
	if seen < 1000 {
		t.Errorf("only %d elements", seen)
	}
}

// hooked is a provider that calls after at the end of each read.
type hooked struct {
	*testProvider
	after func(*datasource.ReadResponse)
}

func (h *hooked) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &hookedDataSource{testDataSource{h.testProvider}, h.after} }}
}

type hookedDataSource struct {
	testDataSource
	after func(*datasource.ReadResponse)
}

func (d *hookedDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	d.testDataSource.Read(ctx, req, resp)
	d.after(resp)
}

// texts returns diagnostics as text.
func texts(diagnostics []*tfprotov6.Diagnostic) (all []string) {
	for _, d := range diagnostics {
		all = append(all, d.Severity.String()+": "+d.Summary+": "+d.Detail)
	}
	return all
}

// elementNames returns the names of the elements of the list in a value.
func elementNames(t *testing.T, value tftypes.Value) string {
	t.Helper()
	var attributes map[string]tftypes.Value
	var list []tftypes.Value
	if value.IsNull() {
		return "(none)"
	}
	if err := errors.Join(value.As(&attributes), attributes["list"].As(&list)); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, element := range list {
		var fields map[string]tftypes.Value
		var name string
		if err := errors.Join(element.As(&fields), fields["name"].As(&name)); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	return fmt.Sprintf("%q", all)
}

func TestServerKeepsWarnings(t *testing.T) {
	t.Parallel()
	p := &testProvider{func(context.Context) ([]element, bool, error) { return []element{{Name: "a"}}, true, nil }}
	server := newServer(&hooked{p, func(resp *datasource.ReadResponse) { resp.Diagnostics.AddWarning("careful", "") }})
	value, diagnostics := read(t, server)
	if len(diagnostics) != 1 || diagnostics[0].Summary != "careful" || !strings.Contains(value.String(), `"a"`) {
		t.Errorf("diagnostics %q and the list %s, want the warning and the list", texts(diagnostics), elementNames(t, value))
	}
	server.maxMessage = 1
	value, diagnostics = read(t, server)
	if len(diagnostics) != 2 || diagnostics[0].Summary != "careful" || diagnostics[1].Severity != tfprotov6.DiagnosticSeverityError || !value.IsNull() {
		t.Errorf("diagnostics %q and the list %s, want the warning, an error and no list", texts(diagnostics), elementNames(t, value))
	}
}

func TestSetListIsForItsOwnRead(t *testing.T) {
	t.Parallel()
	names := []string{"outer", "inner"}
	reads := 0
	var server *server
	var inner tftypes.Value
	p := &testProvider{func(context.Context) ([]element, bool, error) {
		reads++
		return []element{{Name: names[reads-1]}}, true, nil
	}}
	server = newServer(&hooked{p, func(*datasource.ReadResponse) {
		if reads == 1 { // another read, before this one has ended
			inner, _ = read(t, server)
		}
	}})
	outer, _ := read(t, server)
	for name, value := range map[string]tftypes.Value{"outer": outer, "inner": inner} {
		if !strings.Contains(value.String(), `"`+name+`"`) {
			t.Errorf("the %s read has the list %s", name, elementNames(t, value))
		}
	}
}

func TestServerReturnsNoListWithAnError(t *testing.T) {
	t.Parallel()
	p := &testProvider{func(context.Context) ([]element, bool, error) { return []element{{Name: "a"}}, true, errors.New("no") }}
	value, diagnostics := read(t, newServer(p))
	if len(diagnostics) != 1 || diagnostics[0].Summary != "read" {
		t.Errorf("diagnostics %q, want the error of the read", texts(diagnostics))
	}
	if strings.Contains(value.String(), `"a"`) {
		t.Errorf("the list %s comes with an error", elementNames(t, value))
	}
}

func TestServerRefusesAListThatIsTooLarge(t *testing.T) {
	t.Parallel()
	list := []element{{Name: strings.Repeat("x", 1000)}}
	p := &testProvider{func(context.Context) ([]element, bool, error) { return list, true, nil }}
	s := newServer(p)
	full, diagnostics := read(t, s)
	if len(diagnostics) > 0 {
		t.Fatal(texts(diagnostics))
	}
	encoded, err := tfprotov6.NewDynamicValue(full.Type(), full)
	if err != nil {
		t.Fatal(err)
	}
	s.maxMessage = len(encoded.MsgPack)
	if _, diagnostics := read(t, s); len(diagnostics) != 0 {
		t.Errorf("a message of exactly the limit: %q", texts(diagnostics))
	}
	s.maxMessage--
	value, diagnostics := read(t, s)
	if len(diagnostics) != 1 || diagnostics[0].Summary != "List too large for Terraform" || !strings.Contains(diagnostics[0].Detail, "ask for fewer elements") {
		t.Errorf("diagnostics %q, want one about a list that is too large, with its remedy", texts(diagnostics))
	}
	if !value.IsNull() {
		t.Errorf("a list of %d bytes comes with an error", len(value.String()))
	}
	if maxMessage >= 256<<20 {
		t.Error("the limit is not below Terraform's 256 MiB")
	}
}

func TestSetListWorksInEphemeralResources(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newServer(&testProvider{})
	ty := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"texts": tftypes.List{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"text": tftypes.String}}},
	}}
	config, err := tfprotov6.NewDynamicValue(ty, tftypes.NewValue(ty, map[string]tftypes.Value{"texts": tftypes.NewValue(ty.AttributeTypes["texts"], nil)}))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: "test_list", Config: &config})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp.Diagnostics)
	}
	value, err := resp.Result.Unmarshal(ty)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(value.String(), `"value"`) {
		t.Errorf("value %s", value)
	}
}

func TestSetListNeedsTheServerAndAListThatItKnows(t *testing.T) {
	t.Parallel()
	for name, lists := range map[string]map[string]List{"no list": nil, "another attribute": {"lists": {Element: element{}}}, "another element": {"list": {Element: inner{}}}} {
		p := &testProvider{func(context.Context) ([]element, bool, error) { return nil, true, nil }}
		s := NewProtocol6(p, lists)().(*server)
		s.lists = lists
		if _, diagnostics := read(t, s); len(diagnostics) != 1 || diagnostics[0].Summary != "SetList" || !strings.Contains(diagnostics[0].Detail, `[]bulk.element under "list"`) {
			t.Errorf("%s: diagnostics %q, want an error of SetList about []bulk.element", name, texts(diagnostics))
		}
	}
	for _, list := range []any{nil, element{}, [1]element{}} {
		ctx := context.WithValue(context.Background(), collectorKey{}, &collector{lists: testLists()})
		if err := SetList(ctx, "list", list); err == nil {
			t.Errorf("SetList took a %T", list)
		}
	}
	if err := SetList(context.Background(), "list", []element{}); err == nil {
		t.Error("no error")
	}
	p := &testProvider{func(context.Context) ([]element, bool, error) { return nil, true, nil }}
	if _, diagnostics := read(t, providerserver.NewProtocol6(p)()); len(diagnostics) != 1 || diagnostics[0].Summary != "SetList" {
		t.Errorf("diagnostics %q, want an error of SetList", texts(diagnostics))
	}
}

// TestServerLosesNoMethod holds the wrapper to the framework's server: what
// terraform-plugin-go may look for is there.
func TestServerLosesNoMethod(t *testing.T) {
	t.Parallel()
	p := &testProvider{}
	inner, wrapped := reflect.TypeOf(providerserver.NewProtocol6(p)()), reflect.TypeOf(newServer(p))
	for i := range inner.NumMethod() {
		if name := inner.Method(i).Name; !has(wrapped, name) {
			t.Errorf("the method %s is lost", name)
		}
	}
	for _, optional := range []reflect.Type{
		reflect.TypeFor[tfprotov6.FunctionServer](),
		reflect.TypeFor[tfprotov6.EphemeralResourceServer](),
		reflect.TypeFor[tfprotov6.ListResourceServer](),
		reflect.TypeFor[tfprotov6.ActionServer](),
		reflect.TypeFor[tfprotov6.StateStoreServer](),
		reflect.TypeFor[tfprotov6.ResourceServer](),
	} {
		if inner.Implements(optional) && !wrapped.Implements(optional) {
			t.Errorf("%s is lost", optional)
		}
	}
}

func has(t reflect.Type, method string) bool {
	_, ok := t.MethodByName(method)
	return ok
}

func TestSpliceRefusesWhatItCannotReplace(t *testing.T) {
	t.Parallel()
	object := func(value any) []byte {
		encoded, err := msgpack.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for name, test := range map[string]struct {
		object []byte
		want   string
	}{
		"no such attribute": {object(map[string]any{"other": nil}), "no such attribute"},
		"not null":          {object(map[string]any{"list": "x"}), "did not leave it null"},
		"not an object":     {object("x"), ""},
		"empty":             {nil, "EOF"},
		"broken off":        {object(map[string]any{"list": nil})[:3], ""},
	} {
		if spliced, err := splice(test.object, "list", []element{}, maxMessage); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %q, %v", name, spliced, err)
		}
	}
}

func FuzzSplice(f *testing.F) {
	for _, value := range []any{nil, "list", map[string]any{"list": nil}, map[string]any{"a": []any{1, "x"}, "list": nil, "b": map[string]any{"list": 1}}} {
		encoded, err := msgpack.Marshal(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		before := bytes.Clone(object)
		spliced, err := splice(object, "list", []innermost{{new("x")}, {}}, 1<<20)
		if !bytes.Equal(object, before) {
			t.Fatal("the object was changed")
		}
		if err != nil {
			return
		}
		// What follows and precedes the list is what it was, and only the nil
		// is gone.
		start, end, err := find(object, "list")
		if err != nil {
			t.Fatal(err)
		}
		list, err := msgpack.Marshal([]map[string]any{{"text": "x"}, {"text": nil}})
		if err != nil {
			t.Fatal(err)
		}
		if want := bytes.Join([][]byte{object[:start], list, object[end:]}, nil); !bytes.Equal(spliced, want) {
			t.Errorf("spliced %x, want %x", spliced, want)
		}
	})
}
