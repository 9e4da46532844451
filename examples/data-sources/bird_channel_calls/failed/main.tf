data "bird_channel_calls" "failed" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h") # seven days
  status       = "failed"
  attributes   = ["created_at", "hangup_cause_code", "hangup_sip_code", "sip_insights"]
}

output "failed_calls" {
  description = "The calls that failed, oldest first, and why."
  value = [for call in data.bird_channel_calls.failed.calls : {
    id         = call.id
    created_at = call.created_at
    cause      = coalesce(provider::bird::hangup_cause(call.hangup_cause_code), "Unknown")

    # The code is often in sip_insights alone, which may be null.
    sip_status = provider::bird::sip_status(call.hangup_sip_code != null ? call.hangup_sip_code : try(call.sip_insights.hangup_sip_code, null))
  }]
}

output "failed_by_cause" {
  description = "How many calls failed for each cause."
  value = { for cause, ids in {
    for call in data.bird_channel_calls.failed.calls : coalesce(provider::bird::hangup_cause(call.hangup_cause_code), "Unknown") => call.id...
  } : cause => length(ids) }
}
