package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// providerData is what the provider passes to data sources and ephemeral
// resources: a client, or the name of an attribute whose value is unknown.
type providerData struct {
	client           *bird.Client
	credentialSource string // such as "the attribute token"
	baseURLVariable  bool   // whether the base URL comes from the environment
	pseudonymKey     string
	unknown          string
}

// checkReady returns an error if the provider cannot read yet.
func (d *providerData) checkReady() diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case d == nil:
		diags.AddError("Provider not configured", "The provider was asked to read from Bird before it was configured. This is a bug in the program that runs the provider.")
	case d.unknown != "":
		diags.AddError("Provider configuration not known yet",
			"The provider cannot read from Bird during this plan, because the value of its attribute "+d.unknown+" is known only after apply.\n\n"+
				"Set "+d.unknown+" from a value that is known at plan time (a variable or an environment variable), first apply what it comes from with -target, "+
				"or delay the read to the apply with depends_on in the data source.")
	}
	return diags
}

// privacy returns the function that handles the personal data of a call as the
// argument personal_data says.
func (d *providerData) privacy(personalData string) (func(*bird.Call), diag.Diagnostics) {
	var diags diag.Diagnostics
	switch personalData {
	case "", personalKeep:
		return func(*bird.Call) {}, nil
	case personalOmit:
		return (*bird.Call).OmitPersonalData, nil
	case personalPseudonymize:
		if d.pseudonymKey != "" {
			return func(call *bird.Call) { call.PseudonymizePersonalData(d.pseudonymKey) }, nil
		}
		diags.AddAttributeError(path.Root("personal_data"), "Missing pseudonym key",
			"Pseudonymizing personal data requires a key, and none is set.\n\nSet the provider's attribute pseudonym_key or the environment variable "+envPseudonymKey+".")
	default:
		diags.AddAttributeError(path.Root("personal_data"), "Invalid personal_data",
			"The argument personal_data is "+personalData+", which is none of keep, omit and pseudonymize.")
	}
	return nil, diags
}
