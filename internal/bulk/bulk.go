// Package bulk carries large lists from a framework provider to Terraform.
//
// # Why
//
// terraform-plugin-framework turns each leaf of a list into a value object,
// walks all of them several times (reflection, semantic equality, a transform
// that looks up the schema for every null) and encodes them at the end. That
// is right for a resource and costs more than a millisecond for each element
// of a list with some sixty leaves: at 10,000 elements the provider takes
// several times as long as Terraform itself. The elements are native Go
// structs, though, and what travels to Terraform is msgpack; nothing between
// the two has to happen.
//
// # How
//
// [NewProtocol6] stands where providerserver.NewProtocol6 stood and serves the
// same provider. A Read or Open does all that it did before (configuration,
// timeouts, diagnostics) and sets every attribute but the list, which it
// leaves null; it hands the list to [SetList]. When the framework's answer
// comes back without an error, the null under the attribute is replaced by the
// list, encoded straight from the structs by their tfsdk tags.
//
// # Rules
//
//   - An answer with an error diagnostic carries no list.
//   - The structs name every attribute of the element's schema with a tfsdk
//     tag, hold native Go types, and use nil pointers and nil slices for null.
//     The framework's own reflection has the same rules, so
//     tfsdk.State.SetAttribute with the same list, in a test without
//     Terraform, finds any drift between structs and schema.
//   - A value too large for a message to Terraform is refused before it is
//     made: it is encoded twice, once to learn its size and once into memory of
//     exactly that size.
//
// # Memory
//
// Three copies of a list are in memory at the peak: the structs, which are the
// caller's; the msgpack made here; and the message that gRPC makes of that to
// send it. Nothing else grows with the list. A test in internal/provider holds
// the peak of the process to five times the msgpack and 60 MiB.
package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
)

// maxMessage is the largest message that Terraform takes from a provider
// (256 MiB), less some room for what travels beside the list.
const maxMessage = 256<<20 - 1<<20

// frameworkServer is the framework's server with all the optional interfaces
// that terraform-plugin-go looks for, so that wrapping loses none. They are
// deprecated because they are to become part of ProviderServer itself.
//
//nolint:staticcheck // the deprecation is of the names, see above
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ProviderServerWithListResource
	tfprotov6.ProviderServerWithActions
	tfprotov6.ProviderServerWithStateStores
}

// server is the framework's server, with lists put into its answers.
type server struct {
	frameworkServer
	maxMessage int
}

// NewProtocol6 returns a factory of servers for a provider, like
// providerserver.NewProtocol6, whose reads may use [SetList].
func NewProtocol6(p provider.Provider) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		//nolint:forcetypeassert // a test holds the framework to it
		return &server{providerserver.NewProtocol6(p)().(frameworkServer), maxMessage}
	}
}

// collector receives the list of one read.
type collector struct {
	attribute string
	list      any
}

type collectorKey struct{}

// SetList makes list, a slice of structs with tfsdk tags, the value of the
// top-level attribute in the answer of the read that ctx belongs to. The read
// leaves the attribute null in its state or result. The list must not change
// afterwards. A read has one list; a second call replaces the first. It is an
// error where ctx is not that of a read of a server by [NewProtocol6].
func SetList(ctx context.Context, attribute string, list any) error {
	c, ok := ctx.Value(collectorKey{}).(*collector)
	if !ok {
		return errors.New("bulk: the provider is not served by bulk.NewProtocol6")
	}
	c.attribute, c.list = attribute, list
	return nil
}

// ReadDataSource implements [tfprotov6.DataSourceServer].
func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var c collector
	resp, err := s.frameworkServer.ReadDataSource(context.WithValue(ctx, collectorKey{}, &c), req)
	if err == nil && resp != nil {
		resp.State, resp.Diagnostics = s.finish(&c, resp.State, resp.Diagnostics)
	}
	return resp, err
}

// OpenEphemeralResource implements [tfprotov6.EphemeralResourceServer].
func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	var c collector
	resp, err := s.frameworkServer.OpenEphemeralResource(context.WithValue(ctx, collectorKey{}, &c), req)
	if err == nil && resp != nil {
		resp.Result, resp.Diagnostics = s.finish(&c, resp.Result, resp.Diagnostics)
	}
	return resp, err
}

// finish puts the list into the answer's value, unless the answer is an error.
func (s *server) finish(c *collector, value *tfprotov6.DynamicValue, diagnostics []*tfprotov6.Diagnostic) (*tfprotov6.DynamicValue, []*tfprotov6.Diagnostic) {
	if c.list == nil || value == nil {
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
		Summary:  "Unable to hand the list to Terraform",
		Detail:   fmt.Sprintf("The attribute %q could not be encoded: %s.\n\nThis is a fault of the provider; please report it to its developers.", c.attribute, err),
	}
	if tooLarge, ok := errors.AsType[*tooLargeError](err); ok {
		diagnostic.Summary = "List too large for Terraform"
		diagnostic.Detail = fmt.Sprintf("The attribute %q would make %s, and a message to Terraform holds at most 256 MiB.\n\n"+
			"Ask for less: narrow the time window, filter, or use a data source that gives figures instead of the list.", c.attribute, tooLarge)
	}
	return nil, append(diagnostics, diagnostic)
}

// tooLargeError is a value of this many bytes, or more.
type tooLargeError struct{ size int }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("a message of more than %d MiB", e.size>>20)
}

// splice replaces the nil under attribute, in an object encoded as a msgpack
// map, by the encoded list. The object is the framework's, and is not changed.
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

// find returns where the value under attribute begins and ends; it must be nil.
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
			start := offset()
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
