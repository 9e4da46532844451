data "bird_workspace_call_summary" "february" {
  workspace_id = var.workspace_id
  start_at     = "2024-02-01T00:00:00Z"
  end_at       = "2024-03-01T00:00:00Z"
}

output "calls_by_channel" {
  description = "How many calls each channel had. A channel without calls is not named."
  value       = data.bird_workspace_call_summary.february.by_channel
}

output "average_duration" {
  description = "Seconds of an answered call on average, or null without any."
  value       = data.bird_workspace_call_summary.february.average_duration
}
