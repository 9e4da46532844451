data "bird_workspace_call_summary" "month" {
  workspace_id = var.workspace_id
  start_at     = timeadd(plantimestamp(), "-720h") # 30 days
}

output "calls_by_channel" {
  description = "How many calls each channel had. A channel without calls is not named."
  value       = data.bird_workspace_call_summary.month.by_channel
}

output "average_duration" {
  description = "Seconds of an answered call on average, or null without any."
  value       = data.bird_workspace_call_summary.month.average_duration
}
