package provider

import (
	"fmt"

	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// ephemeralSchema returns the schema of an ephemeral resource that has the
// attributes of a data source. In the framework, the two kinds of schema differ
// only in their types. It panics on a kind of attribute that no data source of
// this provider has; the tests request every schema.
func ephemeralSchema(s datasource.Schema) schema.Schema {
	blocks := make(map[string]schema.Block, len(s.Blocks))
	for name, block := range s.Blocks {
		b := block.(datasource.SingleNestedBlock) //nolint:forcetypeassert // as documented
		blocks[name] = schema.SingleNestedBlock{
			CustomType: b.CustomType, MarkdownDescription: b.MarkdownDescription, Validators: b.Validators, Attributes: ephemeralAttributes(b.Attributes),
		}
	}
	return schema.Schema{MarkdownDescription: s.MarkdownDescription, Attributes: ephemeralAttributes(s.Attributes), Blocks: blocks}
}

func ephemeralAttributes(attributes map[string]datasource.Attribute) map[string]schema.Attribute {
	counterparts := make(map[string]schema.Attribute, len(attributes))
	for name, attribute := range attributes {
		counterparts[name] = ephemeralAttribute(attribute)
	}
	return counterparts
}

func ephemeralAttribute(attribute datasource.Attribute) schema.Attribute {
	switch a := attribute.(type) {
	case datasource.StringAttribute:
		return schema.StringAttribute(a)
	case datasource.Int64Attribute:
		return schema.Int64Attribute(a)
	case datasource.NumberAttribute:
		return schema.NumberAttribute(a)
	case datasource.BoolAttribute:
		return schema.BoolAttribute(a)
	case datasource.ListAttribute:
		return schema.ListAttribute(a)
	case datasource.SetAttribute:
		return schema.SetAttribute(a)
	case datasource.ListNestedAttribute:
		return schema.ListNestedAttribute{
			Computed: a.Computed, MarkdownDescription: a.MarkdownDescription,
			NestedObject: schema.NestedAttributeObject{Attributes: ephemeralAttributes(a.NestedObject.Attributes)},
		}
	case datasource.SingleNestedAttribute:
		return schema.SingleNestedAttribute{
			Computed: a.Computed, MarkdownDescription: a.MarkdownDescription, Attributes: ephemeralAttributes(a.Attributes),
		}
	}
	panic(fmt.Sprintf("no ephemeral counterpart of %T", attribute))
}
