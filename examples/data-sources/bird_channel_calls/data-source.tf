locals {
  time_zone = "Europe/Amsterdam"
  today     = substr(provider::bird::local_time(plantimestamp(), local.time_zone), 0, 10)
  week_ago  = substr(timeadd("${local.today}T00:00:00Z", "-168h"), 0, 10)
}

data "bird_channel_calls" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = provider::bird::local_time(local.week_ago, local.time_zone)
  end_at       = provider::bird::local_time(local.today, local.time_zone)
  attributes   = ["parent_id", "duration"]
}

locals {
  calls = data.bird_channel_calls.week.calls
}

output "calls" {
  description = "How many calls there were."
  value       = length(local.calls)
}

output "conversations" {
  description = "How many calls are not a leg of another one."
  value       = length([for call in local.calls : call if call.parent_id == null])
}

output "seconds" {
  description = "How long all calls were together."
  value       = sum(concat([0], [for call in local.calls : call.duration if call.duration != null]))
}
