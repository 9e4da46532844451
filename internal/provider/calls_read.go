package provider

import (
	"context"
	"iter"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
)

// readCalls reads every call that the configuration asks for and passes the
// list to Terraform, sorted by time of creation, then id. More calls than
// max_calls are an error.
func readCalls(ctx context.Context, data *providerData, s scope, config tfsdk.Config) diag.Diagnostics {
	args, diags := parseArguments(ctx, config, s)
	diags.Append(data.checkReady()...)
	if diags.HasError() {
		return diags
	}
	protect, privacyDiags := data.privacy(args.personalData)
	diags.Append(privacyDiags...)
	if diags.HasError() {
		return diags
	}
	calls := []bird.Call{} // a channel without calls has an empty list, not null
	// Drop what is not needed as pages arrive, so that it takes no memory.
	needed := args.attributes
	if needed != nil {
		needed = slices.Concat(needed, []string{"created_at", "updated_at"})
	}
	drop := dropExcept(needed)
	diags.Append(readCallPages(ctx, data, args, func(page bird.Page[bird.Call], soFar progress) diag.Diagnostics {
		for i := range page.Items {
			drop(&page.Items[i])
		}
		for i := range page.Repeats {
			drop(&page.Repeats[i].Item)
		}
		calls = append(calls, page.Items...)
		bird.ReplaceRepeated(calls, page.Repeats)
		if len(calls) > args.maxCalls {
			return diag.Diagnostics{tooManyDiagnostic(args, soFar)}
		}
		return nil
	})...)
	if diags.HasError() {
		return diags
	}
	bird.SortCalls(calls)
	drop = dropExcept(args.attributes)
	for i := range calls {
		protect(&calls[i])
		drop(&calls[i])
	}
	if err := bulk.SetList(ctx, "calls", calls); err != nil {
		diags.AddError("Unable to pass the calls to Terraform", err.Error())
	}
	return diags
}

// callAttributes are the names of a call's attributes.
var callAttributes = func() (names []string) {
	for field := range reflect.TypeFor[bird.Call]().Fields() {
		names = append(names, field.Tag.Get("tfsdk"))
	}
	return names
}()

// dropExcept returns a function that makes every attribute of a call null, except
// the id and those that names lists. If names is nil, it keeps all.
func dropExcept(names []string) func(*bird.Call) {
	var others []int // fields
	for i, name := range callAttributes {
		if names != nil && name != "id" && !slices.Contains(names, name) {
			others = append(others, i)
		}
	}
	return func(call *bird.Call) {
		value := reflect.ValueOf(call).Elem()
		for _, field := range others {
			value.Field(field).SetZero()
		}
	}
}

// readCallPages passes each page of the calls that the arguments select to
// take, like [readPages]. It warns about calls whose numbers do not match a filter.
func readCallPages(ctx context.Context, data *providerData, args arguments, take func(bird.Page[bird.Call], progress) diag.Diagnostics) diag.Diagnostics {
	others := make(otherNumbers)
	pages := func(ctx context.Context) iter.Seq2[bird.Page[bird.Call], error] { return args.calls(ctx, data.client) }
	diags := readPages(ctx, data, args.listing(), pages, func(page bird.Page[bird.Call], soFar progress) diag.Diagnostics {
		others.add(args, page)
		return take(page, soFar)
	})
	if !diags.HasError() {
		diags.Append(others.warnings()...)
	}
	return diags
}

// otherNumbers says of each call, by filter, whether one of its versions does not match
// that filter by a number.
type otherNumbers map[string][]bool

func (o otherNumbers) add(args arguments, page bird.Page[bird.Call]) {
	for _, filter := range bird.CallFilters {
		if !filter.Number || *filter.Value(&args.query.CallsQuery) == "" {
			continue
		}
		different := o[filter.Parameter]
		for i := range page.Items {
			different = append(different, !filter.Matches(&args.query.CallsQuery, &page.Items[i]))
		}
		for i := range page.Repeats {
			if repeat := &page.Repeats[i]; !filter.Matches(&args.query.CallsQuery, &repeat.Item) {
				different[repeat.Of] = true
			}
		}
		o[filter.Parameter] = different
	}
}
