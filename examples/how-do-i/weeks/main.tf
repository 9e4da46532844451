locals {
  time_zone = "Europe/Amsterdam"
  today     = substr(provider::bird::local_time(plantimestamp(), local.time_zone), 0, 10)
  weekday   = index(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], formatdate("EEE", "${local.today}T00:00:00Z"))

  # The Monday of this week, and those of the four weeks before. Dates are counted
  # in UTC, where every day has 24 hours.
  mondays = [for weeks in range(5) :
    substr(timeadd("${local.today}T00:00:00Z", "-${24 * (local.weekday + 7 * weeks)}h"), 0, 10)
  ]
}

data "bird_channel_call_summary" "week" {
  for_each = { for i, monday in local.mondays : monday => local.mondays[i - 1] if i > 0 }

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = provider::bird::local_time(each.key, local.time_zone)
  end_at       = provider::bird::local_time(each.value, local.time_zone)
}

output "calls_by_week" {
  description = "How many calls there were in each of the last four weeks, by its Monday."
  value       = { for monday, week in data.bird_channel_call_summary.week : monday => week.total_calls }
}
