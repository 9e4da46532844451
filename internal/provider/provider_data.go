package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// providerData is what data sources and ephemeral resources receive from the
// provider: a client, or the attribute whose value is not known yet.
type providerData struct {
	client       *bird.Client
	pseudonymKey string
	unknown      string
}

// checkReady returns an error where the provider cannot read yet.
func (d *providerData) checkReady() diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case d == nil:
		diags.AddError("Provider not configured", "The provider was asked to read from Bird before it was configured. This is a fault of the client that runs the provider.")
	case d.unknown != "":
		diags.AddError("Provider configuration not known yet",
			"Nothing can be read from Bird while planning: the value of the provider's attribute "+d.unknown+" is known only after apply.\n\n"+
				"Set "+d.unknown+" from a value that is known when planning (a variable, an environment variable), or first apply what it comes from with -target, "+
				"or put the read off to the apply with depends_on in the data source.")
	}
	return diags
}

// privacy returns what happens to the personal data of a call before it leaves
// the provider.
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
			"Personal data can be pseudonymized only under a key, and none is set.\n\nSet the provider's attribute pseudonym_key or the environment variable "+envPseudonymKey+".")
	default:
		diags.AddAttributeError(path.Root("personal_data"), "Unknown treatment of personal data",
			"The argument personal_data is "+personalData+", which is none of keep, omit and pseudonymize.")
	}
	return nil, diags
}
