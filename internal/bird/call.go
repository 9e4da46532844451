package bird

import "reflect"

// Call is one voice call as the Bird API describes it. Fields that the API may
// leave out are pointers, and nil if they are absent or null. Lists are nil if
// they are absent, and empty if the API sends [].
//
// The json tags are the names in the API, the tfsdk tags those of Terraform's
// attributes: this struct is the only description of a call besides the schema,
// which has the descriptions. The kind tags mark ids and times, whose zero values
// are more than "", see [cleanerOf]. Enumerations are open: new values are passed
// on. Timestamps are RFC 3339 text exactly as the API sent it.
type Call struct {
	ID              string           `json:"id" tfsdk:"id" kind:"id"`
	ChannelID       *string          `json:"channelId" tfsdk:"channel_id" kind:"id"`
	ParentID        *string          `json:"parentId" tfsdk:"parent_id" kind:"id"`
	From            *string          `json:"from" tfsdk:"from"`
	To              *string          `json:"to" tfsdk:"to"`
	Originator      *Party           `json:"originator" tfsdk:"originator"`
	Receiver        *Party           `json:"receiver" tfsdk:"receiver"`
	Direction       *string          `json:"direction" tfsdk:"direction"`
	Status          *string          `json:"status" tfsdk:"status"`
	Reason          *string          `json:"reason" tfsdk:"reason"`
	Type            *string          `json:"type" tfsdk:"type"`
	SIPType         *string          `json:"sipType" tfsdk:"sip_type"`
	Duration        *int64           `json:"duration" tfsdk:"duration"`
	HangupCauseCode *int64           `json:"hangupCauseCode" tfsdk:"hangup_cause_code"`
	HangupSource    *string          `json:"hangupSource" tfsdk:"hangup_source"`
	HangupSIPCode   *string          `json:"hangupSipCode" tfsdk:"hangup_sip_code"`
	CreatedAt       *string          `json:"createdAt" tfsdk:"created_at" kind:"time"`
	UpdatedAt       *string          `json:"updatedAt" tfsdk:"updated_at" kind:"time"`
	RingingAt       *string          `json:"ringingAt" tfsdk:"ringing_at" kind:"time"`
	AnsweredAt      *string          `json:"answeredAt" tfsdk:"answered_at" kind:"time"`
	EndedAt         *string          `json:"endedAt" tfsdk:"ended_at" kind:"time"`
	ScheduledFor    *string          `json:"scheduledFor" tfsdk:"scheduled_for" kind:"time"`
	CallFlow        *CallFlow        `json:"callFlow" tfsdk:"call_flow"`
	Notification    *Notification    `json:"notification" tfsdk:"notification"`
	QualityInsights *QualityInsights `json:"qualityInsights" tfsdk:"quality_insights"`
	SIPInsights     *SIPInsights     `json:"sipInsights" tfsdk:"sip_insights"`
	AMDResult       *AMDResult       `json:"amdResult" tfsdk:"amd_result"`
	Tags            []*string        `json:"tags" tfsdk:"tags"`
}

// Party is one side of a call: its originator or its receiver.
type Party struct {
	Contact *Contact `json:"contact" tfsdk:"contact"`
	Number  *Number  `json:"number" tfsdk:"number"`
}

// Contact is the contact of the workspace that a party was recognised as.
type Contact struct {
	ID              *string `json:"id" tfsdk:"id" kind:"id"`
	IdentifierKey   *string `json:"identifierKey" tfsdk:"identifier_key"`
	IdentifierValue *string `json:"identifierValue" tfsdk:"identifier_value"`
}

// Number is the address a party calls from or is called at.
type Number struct {
	Type           *string `json:"type" tfsdk:"type"`
	Number         *string `json:"number" tfsdk:"number"`
	Anonymous      *bool   `json:"anonymous" tfsdk:"anonymous"`
	CallerIDName   *string `json:"callerIdName" tfsdk:"caller_id_name"`
	Identity       *string `json:"identity" tfsdk:"identity"`
	CountryISOCode *string `json:"countryIsoCode" tfsdk:"country_iso_code"`
	PSTNNumberType *string `json:"pstnNumberType" tfsdk:"pstn_number_type"`
}

// CallFlow is the flow of commands that handled a call.
type CallFlow struct {
	ID       *string           `json:"id" tfsdk:"id" kind:"id"`
	Commands []CallFlowCommand `json:"commands" tfsdk:"commands"`
}

// CallFlowCommand is one command of a call flow.
type CallFlowCommand struct {
	ID         *string     `json:"id" tfsdk:"id" kind:"id"`
	CallID     *string     `json:"callId" tfsdk:"call_id" kind:"id"`
	CallFlowID *string     `json:"callFlowId" tfsdk:"call_flow_id" kind:"id"`
	Status     *string     `json:"status" tfsdk:"status"`
	Command    *string     `json:"command" tfsdk:"command"`
	Conditions []Condition `json:"conditions" tfsdk:"conditions"`
}

// Condition is what must be true for a command of a call flow to run.
type Condition struct {
	Variable *string `json:"variable" tfsdk:"variable"`
	Operator *string `json:"operator" tfsdk:"operator"`
	Value    *string `json:"value" tfsdk:"value"` // may be what a caller entered on the keypad
}

// Notification is where the API reports the progress of a call.
type Notification struct {
	URL *string `json:"url" tfsdk:"url"`
}

// QualityInsights holds the measured quality of a call. Both fields are
// decimals as text, as the API sent them.
type QualityInsights struct {
	MOS *string `json:"mos" tfsdk:"mos"` // mean opinion score, 1 to 5 (ITU-T P.800.1); "0.00" without media
	PDD *string `json:"pdd" tfsdk:"pdd"` // post-dial delay in seconds (ITU-T E.431)
}

// SIPInsights holds details of the SIP signalling of a call.
type SIPInsights struct {
	HangupSIPCode      *string `json:"hangupSipCode" tfsdk:"hangup_sip_code"`
	EdgeRegion         *string `json:"edgeRegion" tfsdk:"edge_region"`
	ProviderName       *string `json:"providerName" tfsdk:"provider_name"`
	UserAgent          *string `json:"userAgent" tfsdk:"user_agent"`
	RemoteSignallingIP *string `json:"remoteSignallingIp" tfsdk:"remote_signalling_ip"`
	RemoteMediaIP      *string `json:"remoteMediaIp" tfsdk:"remote_media_ip"`
}

// AMDResult is the result of answering-machine detection.
type AMDResult struct {
	Result *string `json:"result" tfsdk:"result"`
	Speech *string `json:"speech" tfsdk:"speech"`
	Locale *string `json:"locale" tfsdk:"locale"`
}

func (*Call) noun() string { return "call" }

func (c *Call) key() string { return c.ID }

var cleanCall = cleanerOf(reflect.TypeFor[Call](), "")

func (c *Call) clean() { cleanCall(reflect.ValueOf(c).Elem()) }

func (c *Call) invalid() (field, problem string) {
	if c.CreatedAt != nil {
		if _, err := ParseTime(*c.CreatedAt); err != nil {
			return "createdAt", "is not an RFC 3339 date-time"
		}
	}
	return "", ""
}
