package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// callsSchema is the schema of a list of calls.
func callsSchema(ctx context.Context, s scope) schema.Schema {
	attributes := callsArgumentAttributes(s)
	maps.Copy(attributes, listArgumentAttributes())
	attributes["calls"] = callsAttribute()
	return schema.Schema{Attributes: attributes, Blocks: map[string]schema.Block{"timeouts": timeoutsBlock(ctx)}}
}

// callsAttribute is the list of calls. Its attributes are named by the tfsdk
// tags of bird.Call. Nothing in it is marked sensitive, because that would make
// planning quadratic.
func callsAttribute() schema.Attribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The calls, sorted by `created_at`, then `id`, with null for what the API left out or sent empty.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":                computedString("Identifier of the call, a UUID."),
			"channel_id":        computedString("Voice channel of the call, a UUID."),
			"parent_id":         computedString("Call that this one is a leg of, a UUID, or null for a call that is no leg."),
			"from":              computedString("Who called: a number with or without `+`, as the API stored it, a SIP address, or `client:` and a UUID for a browser."),
			"to":                computedString("Who was called, in the same forms as `from`."),
			"originator":        partyAttribute("The calling side."),
			"receiver":          partyAttribute("The called side."),
			"direction":         computedString("`incoming` or `outgoing`, as seen from the channel."),
			"status":            computedString("Status of the call: `accepted` (outgoing, accepted by the API), `scheduled`, `starting`, `ringing`, `ongoing`, `completed`, `no-answer`, `busy`, `failed`, `cancelled`, or a value that Bird has added since."),
			"reason":            computedString("Why the call has its status, in the API's words."),
			"type":              computedString("Network of the call, such as `pstn`, `webrtc` or `sip`."),
			"sip_type":          computedString("Kind of SIP trunk, such as `elastic`, or null for calls that use none."),
			"duration":          computedInt64("Length of the call in whole seconds, or null where the API returned none, as for a call that has not ended."),
			"hangup_cause_code": computedInt64("Why the call was released, an [ITU-T Q.850](https://www.itu.int/rec/T-REC-Q.850) cause such as 16 (normal call clearing), 17 (user busy) or 19 (no answer), or null before the end of the call."),
			"hangup_source":     computedString("Who or what ended the call: `caller`, `callee`, `api`, `timeout`, `media-timeout` or `none`, or null before the end of the call."),
			"hangup_sip_code":   computedString("[SIP status code](https://www.iana.org/assignments/sip-parameters) that ended the call, such as `200`, `486` or `503`, often null where `sip_insights.hangup_sip_code` has the code."),
			"created_at":        computedString("When the call was created, an RFC 3339 date-time as the API sent it."),
			"updated_at":        computedString("When the record of the call last changed, an RFC 3339 date-time as the API sent it."),
			"ringing_at":        computedString("When the call began to ring, an RFC 3339 date-time, or null if it never rang."),
			"answered_at":       computedString("When the call was answered, an RFC 3339 date-time, which is sometimes set on a call that nobody answered: `status` says whether it was."),
			"ended_at":          computedString("When the call ended, an RFC 3339 date-time, or null while it has not ended."),
			"scheduled_for":     computedString("When the call is to be placed, an RFC 3339 date-time, or null for calls that were not scheduled."),
			"call_flow": computedObject("The call flow that handled the call, or null if none did.", map[string]schema.Attribute{
				"id": computedString("Identifier of the call flow, a UUID."),
				"commands": schema.ListNestedAttribute{
					Computed:            true,
					MarkdownDescription: "The commands of the flow, in the API's order.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"id":           computedString("Identifier of the command, a UUID."),
						"call_id":      computedString("Call that the command acted on, a UUID."),
						"call_flow_id": computedString("Call flow that the command belongs to, a UUID."),
						"status":       computedString("Status of the command, such as `completed`."),
						"command":      computedString("What the command does, such as `say`, `play` or `transfer`."),
						"conditions": schema.ListNestedAttribute{
							Computed:            true,
							MarkdownDescription: "Conditions that must be true for the command to run.",
							NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
								"variable": computedString("Name of the variable that is compared."),
								"operator": computedString("Operator of the comparison, as the API names it."),
								"value":    computedString("Value that the variable is compared with, as text, which may be what a caller entered on the keypad."),
							}},
						},
					}},
				},
			}),
			"notification": computedObject("Where the API reports the progress of the call, or null if it reports it nowhere.", map[string]schema.Attribute{
				"url": computedString("URL that receives the reports, which may contain a secret of the receiver."),
			}),
			"quality_insights": computedObject("Measured quality of the call, or null if it was not measured.", map[string]schema.Attribute{
				"mos": computedString("Mean opinion score, 1 (bad) to 5 (excellent), a decimal as text: `0.00` is no score, but a call without media."),
				"pdd": computedString("Post-dial delay in seconds, a decimal as text."),
			}),
			"sip_insights": computedObject("Details of the SIP signalling of the call, or null if there was none.", map[string]schema.Attribute{
				"hangup_sip_code":      computedString("SIP status code of the hangup, such as `200`, set more often than the call's own `hangup_sip_code`."),
				"edge_region":          computedString("Region of Bird's edge that the call went through."),
				"provider_name":        computedString("Carrier or SIP provider of the call."),
				"user_agent":           computedString("User agent of the other side."),
				"remote_signalling_ip": computedString("IP address that the signalling came from, which may identify a person."),
				"remote_media_ip":      computedString("IP address that the media came from, which may identify a person."),
			}),
			"amd_result": computedObject("Result of answering-machine detection, or null if it was not used.", map[string]schema.Attribute{
				"result": computedString("Who answered, such as `human`."),
				"speech": computedString("Transcript of what was heard: a person's words."),
				"locale": computedString("Language of the speech, such as `en-GB`."),
			}),
			"tags": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Tags of the call, without those that have no text.",
			},
		}},
	}
}

func partyAttribute(description string) schema.Attribute {
	return computedObject(description, map[string]schema.Attribute{
		"contact": computedObject("Contact in the workspace that the party was recognised as, or null if it was not.", map[string]schema.Attribute{
			"id":               computedString("Identifier of the contact."),
			"identifier_key":   computedString("Kind of identifier that the contact was recognised by, such as `phonenumber`."),
			"identifier_value": computedString("Value of that identifier, such as the phone number."),
		}),
		"number": computedObject("Number or address of the party.", map[string]schema.Attribute{
			"type":             computedString("Network of the number, such as `pstn`, `webrtc` or `sip`."),
			"number":           computedString("The number with or without `+`, as the API stored it, or the address."),
			"anonymous":        schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the number was withheld, or null if the API did not say."},
			"caller_id_name":   computedString("Name that was shown to the other side."),
			"identity":         computedString("Number that was shown to the other side, with `+`."),
			"country_iso_code": computedString("Country of the number, ISO 3166-1 alpha-2 such as `NL`, or null if unknown, as for a browser."),
			"pstn_number_type": computedString("Kind of number, such as `mobile`, or null for parties that are not on the telephone network."),
		}),
	})
}

func computedString(description string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedInt64(description string) schema.Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func computedObject(description string, attributes map[string]schema.Attribute) schema.Attribute {
	return schema.SingleNestedAttribute{Computed: true, MarkdownDescription: description, Attributes: attributes}
}
