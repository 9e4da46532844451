// Package bulk carries large lists from a framework provider to Terraform.
//
// # Why
//
// terraform-plugin-framework turns each leaf of a list into a value object,
// walks all of them several times (reflection, semantic equality, a transform
// that looks up the schema for every null) and finally encodes them. That is
// fine for a resource, but it costs more than a millisecond for each element of
// a list with sixty leaves: at 10,000 elements the provider takes several times
// as long as Terraform itself. Since the elements are native Go structs, and
// Terraform receives msgpack, they can be encoded directly.
//
// # How
//
// [NewProtocol6] replaces providerserver.NewProtocol6 and serves the same
// provider. A Read or Open works as before (configuration, timeouts,
// diagnostics) and sets every attribute except the list, which it leaves null; it
// passes the list to [SetList]. If the framework's response has no error, the
// server replaces the null by the list, encoded directly from the structs and
// their tfsdk tags.
//
// # Rules
//
//   - A response with an error diagnostic contains no list.
//   - [NewProtocol6] receives the name of each attribute that is set this way,
//     and the struct of its elements. The struct has a field with a tfsdk tag for
//     every attribute in the schema of the element. Its fields have native Go
//     types; nil pointers and nil slices are null. If struct and schema differ,
//     GetProviderSchema returns an error that lists the differences.
//   - A value that is too large for a message to Terraform is refused before it
//     is built: it is encoded twice, once to find its size and once into memory
//     of exactly that size.
//
// # Limits
//
// A read has at most one such list, and the list is a top-level attribute. Sets,
// maps of objects, dynamic values, custom types and unknown values are not
// supported inside it. A message to Terraform holds at most 256 MiB.
//
// # Memory
//
// At the peak, three copies of a list are in memory: the caller's structs, the
// msgpack, and the message that gRPC builds from it. Nothing else grows with the
// list. TestMemoryPeakIsAFewTimesTheList in internal/provider limits the peak of the
// process.
package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
)

// maxMessage is the largest message that Terraform accepts from a provider
// (256 MiB), less some space for what is sent besides the list.
const maxMessage = 256<<20 - 1<<20

// frameworkServer is the framework's server with all the optional interfaces
// that terraform-plugin-go looks for, so that wrapping it loses none. They are
// deprecated because they will become part of ProviderServer itself.
//
//nolint:staticcheck // only the names are deprecated, see above
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ProviderServerWithListResource
	tfprotov6.ProviderServerWithActions
	tfprotov6.ProviderServerWithStateStores
}

// List describes a list attribute that is set with [SetList].
type List struct {
	// Element is a value of the struct that the list is made of.
	Element any
	// TooLarge tells a user what to do about a list that does not fit into a
	// message to Terraform, in one or more sentences.
	TooLarge string
}

// server is the framework's server, with lists put into its responses.
type server struct {
	frameworkServer
	lists      map[string]List
	maxMessage int
}

// NewProtocol6 returns a factory of servers for a provider, like
// providerserver.NewProtocol6. The reads of the provider may use [SetList] for the
// attributes that are the keys of lists.
func NewProtocol6(p provider.Provider, lists map[string]List) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		//nolint:forcetypeassert // a test checks that the framework's server has them
		return &server{providerserver.NewProtocol6(p)().(frameworkServer), lists, maxMessage}
	}
}

// collector receives the list of one read.
type collector struct {
	lists     map[string]List
	attribute string
	list      any
}

type collectorKey struct{}

// SetList makes list, a slice of structs with tfsdk tags, the value of the
// top-level attribute in the response of the read that ctx belongs to. The read
// leaves the attribute null in its state or result. The caller must not change
// the list afterwards. A read has one list; a second call replaces the first.
// SetList returns an error if ctx does not belong to a read of a server by
// [NewProtocol6], or if the server does not know the attribute or has other
// elements for it.
func SetList(ctx context.Context, attribute string, list any) error {
	c, ok := ctx.Value(collectorKey{}).(*collector)
	if !ok {
		return errors.New("bulk: the provider is not served by bulk.NewProtocol6")
	}
	if t := reflect.TypeOf(list); t == nil || t.Kind() != reflect.Slice || t.Elem() != reflect.TypeOf(c.lists[attribute].Element) {
		return fmt.Errorf("bulk: a list of type %T under %q is not one that bulk.NewProtocol6 received", list, attribute)
	}
	c.attribute, c.list = attribute, list
	return nil
}

// GetProviderSchema implements [tfprotov6.ProviderServer].
func (s *server) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := s.frameworkServer.GetProviderSchema(ctx, req)
	if err != nil {
		return resp, err
	}
	if found := differences(s.lists, resp); len(found) > 0 {
		resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError,
			Summary:  "Structs and schema differ",
			Detail:   strings.Join(found, "\n") + "\n\nThis is a bug in the provider. Please report it to its developers.",
		})
	}
	return resp, nil
}

// ReadDataSource implements [tfprotov6.DataSourceServer].
func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	c := collector{lists: s.lists}
	resp, err := s.frameworkServer.ReadDataSource(context.WithValue(ctx, collectorKey{}, &c), req)
	if err == nil {
		resp.State, resp.Diagnostics = s.finish(&c, resp.State, resp.Diagnostics)
	}
	return resp, err
}

// OpenEphemeralResource implements [tfprotov6.EphemeralResourceServer].
func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	c := collector{lists: s.lists}
	resp, err := s.frameworkServer.OpenEphemeralResource(context.WithValue(ctx, collectorKey{}, &c), req)
	if err == nil {
		resp.Result, resp.Diagnostics = s.finish(&c, resp.Result, resp.Diagnostics)
	}
	return resp, err
}

// finish puts the list into the response's value, unless the response is an
// error.
func (s *server) finish(c *collector, value *tfprotov6.DynamicValue, diagnostics []*tfprotov6.Diagnostic) (*tfprotov6.DynamicValue, []*tfprotov6.Diagnostic) {
	if c.list == nil {
		return value, diagnostics
	}
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			return value, diagnostics
		}
	}
	spliced, err := splice(value.MsgPack, c.attribute, c.list, s.maxMessage)
	if err == nil {
		return &tfprotov6.DynamicValue{MsgPack: spliced}, diagnostics
	}
	diagnostic := &tfprotov6.Diagnostic{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "Unable to pass the list to Terraform",
		Detail:   fmt.Sprintf("The attribute %q could not be encoded: %s.\n\nThis is a bug in the provider. Please report it to its developers.", c.attribute, err),
	}
	if tooLarge, ok := errors.AsType[*tooLargeError](err); ok {
		diagnostic.Summary = "List too large for Terraform"
		diagnostic.Detail = fmt.Sprintf("The attribute %q would need %s, and Terraform accepts at most 256 MiB.\n\n"+
			"%s", c.attribute, tooLarge, s.lists[c.attribute].TooLarge)
	}
	return nil, append(diagnostics, diagnostic)
}

// tooLargeError reports a value of this many bytes or more.
type tooLargeError struct{ size int }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("a message of more than %d MiB", e.size>>20)
}

// splice replaces the nil under attribute, in an object encoded as a msgpack
// map, by the encoded list. It does not change the object, which belongs to the
// framework.
func splice(object []byte, attribute string, list any, limit int) ([]byte, error) {
	start, end, err := find(object, attribute)
	if err != nil {
		return nil, err
	}
	size := counter{size: len(object) - (end - start), limit: limit}
	if err := encode(&size, list); err != nil {
		return nil, err
	}
	spliced := bytes.NewBuffer(make([]byte, 0, size.size))
	spliced.Write(object[:start])
	if err := encode(spliced, list); err != nil {
		return nil, err
	}
	spliced.Write(object[end:])
	return spliced.Bytes(), nil
}

// find returns the start and the end of the value under attribute, which must be
// nil.
func find(object []byte, attribute string) (start, end int, err error) {
	r := bytes.NewReader(object)
	dec := msgpack.NewDecoder(r)
	offset := func() int { return len(object) - r.Len() }
	count, err := dec.DecodeMapLen()
	if err != nil {
		return 0, 0, err
	}
	for range count {
		name, err := dec.DecodeString()
		if err != nil {
			return 0, 0, err
		}
		if name == attribute {
			start = offset()
			if err := dec.DecodeNil(); err != nil {
				return 0, 0, fmt.Errorf("the read did not leave it null: %w", err)
			}
			return start, offset(), nil
		}
		if err := dec.Skip(); err != nil {
			return 0, 0, err
		}
	}
	return 0, 0, errors.New("the schema has no such attribute")
}

func encode(w io.Writer, list any) error {
	enc := msgpack.NewEncoder(w)
	enc.SetCustomStructTag("tfsdk")
	enc.UseCompactInts(true)
	return enc.Encode(list)
}

// counter counts the bytes of a value, up to its limit.
type counter struct{ size, limit int }

func (c *counter) Write(p []byte) (int, error) {
	c.size += len(p)
	if c.size > c.limit {
		return 0, &tooLargeError{c.size}
	}
	return len(p), nil
}

func (c *counter) WriteByte(b byte) error {
	_, err := c.Write([]byte{b})
	return err
}
