data "bird_channel_calls" "last_seven_days" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  attributes   = ["created_at"]

  # Not timestamp(): its value is not known before the apply, and so nothing
  # that comes from these calls would be known while planning.
  start_at = timeadd(plantimestamp(), "-168h")
}

output "calls_by_day" {
  description = "How many calls there were on each day, in UTC."
  value = { for day, ids in {
    for call in data.bird_channel_calls.last_seven_days.calls : substr(call.created_at, 0, 10) => call.id...
  } : day => length(ids) }
}
