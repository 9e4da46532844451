data "bird_channel_call_summary" "legs" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h") # seven days
  group_by     = ["leg"]
}

locals {
  # The group of the calls that are no leg, or null if there are none.
  conversations = one([for group in data.bird_channel_call_summary.legs.groups : group if group.leg == "false"])
}

output "conversations" {
  description = "How many calls are no leg of another call."
  value       = try(local.conversations.total_calls, 0)
}

output "conversations_answered" {
  description = "The share of them that was answered, for people."
  value       = try(format("%.1f %%", 100 * local.conversations.answer_seizure_ratio), "-")
}
