data "bird_channel_call_summary" "hours" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-672h") # four weeks
  end_at       = plantimestamp()
  group_by     = ["hour"]
  time_zone    = "Europe/Amsterdam"
  fill_gaps    = true # hours without calls, too
}

output "calls_by_hour" {
  description = "How many calls began in each hour of the day."
  value       = { for group in data.bird_channel_call_summary.hours.groups : group.hour => group.total_calls }
}

output "answer_rate_by_hour" {
  description = "The share of the calls of each hour of the day that were answered, 0 to 1, or null."
  value       = { for group in data.bird_channel_call_summary.hours.groups : group.hour => group.answer_seizure_ratio }
}

output "lines_by_hour" {
  description = "The most calls at one time, of those that began in each hour of the day."
  value       = { for group in data.bird_channel_call_summary.hours.groups : group.hour => group.peak_concurrent_calls }
}
