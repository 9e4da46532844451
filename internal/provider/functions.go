package provider

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

var (
	_ function.Function = (*hangupCauseFunction)(nil)
	_ function.Function = (*sipStatusFunction)(nil)
)

// NewHangupCauseFunction returns the function hangup_cause.
func NewHangupCauseFunction() function.Function { return hangupCauseFunction{} }

type hangupCauseFunction struct{}

func (hangupCauseFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "hangup_cause"
}

func (hangupCauseFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Name of a hangup cause code",
		MarkdownDescription: "Returns the name of a hangup cause code from [ITU-T Q.850](https://www.itu.int/rec/T-REC-Q.850), such as `Normal call clearing` for 16. " +
			"Returns a text with the number, such as `Cause 10`, for a code that Q.850 does not assign, and null for null. Works without network access or a credential.",
		Parameters: []function.Parameter{function.Int64Parameter{
			Name:                "code",
			MarkdownDescription: "Hangup cause code, such as a call's `hangup_cause_code` or a key of `by_hangup_cause_code`: a number, or a text of digits.",
			AllowNullValue:      true,
		}},
		Return: function.StringReturn{},
	}
}

func (hangupCauseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var code *int64
	if resp.Error = req.Arguments.Get(ctx, &code); resp.Error != nil {
		return
	}
	var name *string
	if code != nil {
		name = new(cmp.Or(hangupCauses[*code], fmt.Sprintf("Cause %d", *code)))
	}
	resp.Error = resp.Result.Set(ctx, name)
}

// NewSIPStatusFunction returns the function sip_status.
func NewSIPStatusFunction() function.Function { return sipStatusFunction{} }

type sipStatusFunction struct{}

func (sipStatusFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "sip_status"
}

func (sipStatusFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reason phrase of a SIP status code",
		MarkdownDescription: "Returns the reason phrase of a SIP status code from the [IANA registry](https://www.iana.org/assignments/sip-parameters), such as `Busy Here` for `\"486\"`. " +
			"Returns a text with the code, such as `Status 299`, for a code that is not registered, and null for null. A text that is no number is an error. Works without network access or a credential.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "code",
			MarkdownDescription: "SIP status code, such as a call's `hangup_sip_code` or a key of `by_hangup_sip_code`: a text of digits, or a number.",
			AllowNullValue:      true,
		}},
		Return: function.StringReturn{},
	}
}

func (sipStatusFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var code *string
	if resp.Error = req.Arguments.Get(ctx, &code); resp.Error != nil {
		return
	}
	var phrase *string
	if code != nil {
		if _, err := strconv.Atoi(*code); err != nil {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%q is not a SIP status code: it is a number such as 486 (RFC 3261, section 21)", *code))
			return
		}
		phrase = new(cmp.Or(sipStatuses[*code], "Status "+*code))
	}
	resp.Error = resp.Result.Set(ctx, phrase)
}

// hangupCauses are the cause values of ITU-T Q.850, table 1.
var hangupCauses = map[int64]string{
	1:   "Unallocated (unassigned) number",
	2:   "No route to specified transit network",
	3:   "No route to destination",
	4:   "Send special information tone",
	5:   "Misdialled trunk prefix",
	6:   "Channel unacceptable",
	7:   "Call awarded and being delivered in an established channel",
	8:   "Preemption",
	9:   "Preemption - circuit reserved for reuse",
	14:  "QoR: ported number",
	16:  "Normal call clearing",
	17:  "User busy",
	18:  "No user responding",
	19:  "No answer from user (user alerted)",
	20:  "Subscriber absent",
	21:  "Call rejected",
	22:  "Number changed",
	23:  "Redirection to new destination",
	24:  "Call rejected due to feature at the destination",
	25:  "Exchange routing error",
	26:  "Non-selected user clearing",
	27:  "Destination out of order",
	28:  "Invalid number format (address incomplete)",
	29:  "Facility rejected",
	30:  "Response to STATUS ENQUIRY",
	31:  "Normal, unspecified",
	34:  "No circuit/channel available",
	38:  "Network out of order",
	39:  "Permanent frame mode connection out-of-service",
	40:  "Permanent frame mode connection operational",
	41:  "Temporary failure",
	42:  "Switching equipment congestion",
	43:  "Access information discarded",
	44:  "Requested circuit/channel not available",
	46:  "Precedence call blocked",
	47:  "Resource unavailable, unspecified",
	49:  "Quality of service unavailable",
	50:  "Requested facility not subscribed",
	53:  "Outgoing calls barred within CUG",
	55:  "Incoming calls barred within CUG",
	57:  "Bearer capability not authorized",
	58:  "Bearer capability not presently available",
	62:  "Inconsistency in designated outgoing access information and subscriber class",
	63:  "Service or option not available, unspecified",
	65:  "Bearer capability not implemented",
	66:  "Channel type not implemented",
	69:  "Requested facility not implemented",
	70:  "Only restricted digital information bearer capability is available",
	79:  "Service or option not implemented, unspecified",
	81:  "Invalid call reference value",
	82:  "Identified channel does not exist",
	83:  "A suspended call exists, but this call identity does not",
	84:  "Call identity in use",
	85:  "No call suspended",
	86:  "Call having the requested call identity has been cleared",
	87:  "User not member of CUG",
	88:  "Incompatible destination",
	90:  "Non-existent CUG",
	91:  "Invalid transit network selection",
	95:  "Invalid message, unspecified",
	96:  "Mandatory information element is missing",
	97:  "Message type non-existent or not implemented",
	98:  "Message not compatible with call state or message type non-existent or not implemented",
	99:  "Information element/parameter non-existent or not implemented",
	100: "Invalid information element contents",
	101: "Message not compatible with call state",
	102: "Recovery on timer expiry",
	103: "Parameter non-existent or not implemented, passed on",
	110: "Message with unrecognized parameter, discarded",
	111: "Protocol error, unspecified",
	127: "Interworking, unspecified",
}

// sipStatuses are the response codes of the IANA registry "Session Initiation
// Protocol (SIP) Parameters".
var sipStatuses = map[string]string{
	"100": "Trying",
	"180": "Ringing",
	"181": "Call Is Being Forwarded",
	"182": "Queued",
	"183": "Session Progress",
	"199": "Early Dialog Terminated",
	"200": "OK",
	"202": "Accepted",
	"204": "No Notification",
	"300": "Multiple Choices",
	"301": "Moved Permanently",
	"302": "Moved Temporarily",
	"305": "Use Proxy",
	"380": "Alternative Service",
	"400": "Bad Request",
	"401": "Unauthorized",
	"402": "Payment Required",
	"403": "Forbidden",
	"404": "Not Found",
	"405": "Method Not Allowed",
	"406": "Not Acceptable",
	"407": "Proxy Authentication Required",
	"408": "Request Timeout",
	"410": "Gone",
	"412": "Conditional Request Failed",
	"413": "Request Entity Too Large",
	"414": "Request-URI Too Long",
	"415": "Unsupported Media Type",
	"416": "Unsupported URI Scheme",
	"417": "Unknown Resource-Priority",
	"420": "Bad Extension",
	"421": "Extension Required",
	"422": "Session Interval Too Small",
	"423": "Interval Too Brief",
	"424": "Bad Location Information",
	"425": "Bad Alert Message",
	"428": "Use Identity Header",
	"429": "Provide Referrer Identity",
	"430": "Flow Failed",
	"433": "Anonymity Disallowed",
	"436": "Bad Identity Info",
	"437": "Unsupported Credential",
	"438": "Invalid Identity Header",
	"439": "First Hop Lacks Outbound Support",
	"440": "Max-Breadth Exceeded",
	"469": "Bad Info Package",
	"470": "Consent Needed",
	"480": "Temporarily Unavailable",
	"481": "Call/Transaction Does Not Exist",
	"482": "Loop Detected",
	"483": "Too Many Hops",
	"484": "Address Incomplete",
	"485": "Ambiguous",
	"486": "Busy Here",
	"487": "Request Terminated",
	"488": "Not Acceptable Here",
	"489": "Bad Event",
	"491": "Request Pending",
	"493": "Undecipherable",
	"494": "Security Agreement Required",
	"500": "Server Internal Error",
	"501": "Not Implemented",
	"502": "Bad Gateway",
	"503": "Service Unavailable",
	"504": "Server Time-out",
	"505": "Version Not Supported",
	"513": "Message Too Large",
	"555": "Push Notification Service Not Supported",
	"580": "Precondition Failure",
	"600": "Busy Everywhere",
	"603": "Decline",
	"604": "Does Not Exist Anywhere",
	"606": "Not Acceptable",
	"607": "Unwanted",
	"608": "Rejected",
}
