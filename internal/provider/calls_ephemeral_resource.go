package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*callsEphemeralResource)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*callsEphemeralResource)(nil)
)

// NewChannelCallsEphemeralResource returns the ephemeral resource
// bird_channel_calls.
func NewChannelCallsEphemeralResource() ephemeral.EphemeralResource {
	return &callsEphemeralResource{scope: ofChannel}
}

// NewWorkspaceCallsEphemeralResource returns the ephemeral resource
// bird_workspace_calls.
func NewWorkspaceCallsEphemeralResource() ephemeral.EphemeralResource {
	return &callsEphemeralResource{scope: ofWorkspace}
}

// callsEphemeralResource is the counterpart of callsDataSource. Its calls are
// stored nowhere.
type callsEphemeralResource struct {
	scope scope
	data  *providerData
}

func (e *callsEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + string(e.scope) + "_calls"
}

func (e *callsEphemeralResource) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralSchema(callsSchema(ctx, e.scope))
	resp.Schema.MarkdownDescription = "Every call of " + e.scope.phrase() + ", like the data source of the same name, for use within one run. " +
		"Neither the state nor a plan file stores the calls. Requires Terraform 1.10, OpenTofu 1.11, or later."
}

func (e *callsEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.data, _ = req.ProviderData.(*providerData)
}

func (e *callsEphemeralResource) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	resp.Diagnostics.Append(validateArguments(ctx, req.Config)...)
}

func (e *callsEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	resp.Result.Raw = req.Config.Raw
	resp.Diagnostics.Append(readCalls(ctx, e.data, e.scope, req.Config)...)
}
