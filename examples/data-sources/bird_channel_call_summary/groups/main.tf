data "bird_channel_call_summary" "hours" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = provider::bird::local_time("2024-02-01", "Europe/Amsterdam")
  end_at       = provider::bird::local_time("2024-03-01", "Europe/Amsterdam")
  group_by     = ["hour"]
  time_zone    = "Europe/Amsterdam"
}

output "answer_rate_by_hour" {
  description = "The share of the calls of each hour of the day that were answered, 0 to 1."
  value       = { for group in data.bird_channel_call_summary.hours.groups : group.hour => group.answer_seizure_ratio }
}

output "lines_by_hour" {
  description = "The most calls at one time, of those that began in each hour of the day."
  value       = { for group in data.bird_channel_call_summary.hours.groups : group.hour => group.peak_concurrent_calls }
}
