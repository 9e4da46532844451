variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "expect" {
  description = "What may happen in a week without fraud."
  type = object({
    calls            = optional(number, 4)    # of a suspicious kind, at most
    ring             = optional(number, 3)    # seconds that a call rings once, at most
    long_call        = optional(number, 3600) # seconds that a long call lasts, at least
    calls_per_second = optional(number, 5)    # at most
    time_zone        = optional(string, "Europe/Amsterdam")
  })
  default  = {}
  nullable = false
}

# The last seven whole days, and the four weeks before them.
locals {
  until    = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
  since    = timeadd(local.until, "-168h")
  channels = var.channel_id == null ? null : [var.channel_id] # null for all channels
}

data "bird_workspace_call_summary" "outgoing" {
  for_each = {
    week   = { start_at = local.since, end_at = local.until }
    before = { start_at = timeadd(local.since, "-672h"), end_at = local.since }
  }

  workspace_id = var.workspace_id
  channel_ids  = local.channels
  direction    = "outgoing"
  start_at     = each.value.start_at
  end_at       = each.value.end_at
  group_by     = ["receiver_country"]
}

data "bird_workspace_call_summary" "outgoing_by_hour" {
  workspace_id = var.workspace_id
  channel_ids  = local.channels
  direction    = "outgoing"
  start_at     = local.since
  end_at       = local.until
  group_by     = ["hour"]
  time_zone    = var.expect.time_zone
  thresholds   = { long_call = var.expect.long_call }
}

data "bird_workspace_call_summary" "incoming" {
  workspace_id = var.workspace_id
  channel_ids  = local.channels
  direction    = "incoming"
  start_at     = local.since
  end_at       = local.until
  group_by     = ["originator_country"]
}

locals {
  week = data.bird_workspace_call_summary.outgoing["week"]

  # The groups of both windows by country.
  outgoing = { for window, summary in data.bird_workspace_call_summary.outgoing : window => {
    for group in summary.groups : coalesce(group.receiver_country, "unknown") => group
  } }

  new_countries = [for country, group in local.outgoing.week : "${group.total_calls} to ${country}"
    if group.total_calls > var.expect.calls && !contains(keys(local.outgoing.before), country)
  ]

  # More calls in the week than any number of the country got in the four weeks before.
  frequent_numbers = [for country, group in local.outgoing.week : "${group.most_calls_to_one} to one in ${country}"
    if group.most_calls_to_one > max(var.expect.calls, try(local.outgoing.before[country].most_calls_to_one, 0))
  ]

  # Nobody answered most calls from the country, and at least half of those rang once.
  single_rings = [for group in data.bird_workspace_call_summary.incoming.groups : "${group.ring_time.count} from ${coalesce(group.originator_country, "an unknown country")}"
    if try(group.ring_time.count > max(var.expect.calls, group.total_calls / 2) && group.ring_time.p50 <= var.expect.ring, false)
  ]

  # In local time.
  long_at_night = sum(concat([0], [for group in data.bird_workspace_call_summary.outgoing_by_hour.groups :
    group.long_calls if group.hour < 6 || group.hour >= 22
  ]))
}

check "new_countries" {
  assert {
    condition     = length(local.new_countries) == 0
    error_message = "Calls to countries that were not called in the four weeks before: ${join(", ", local.new_countries)}. Block them until you know why."
  }
}

check "frequent_numbers" {
  assert {
    condition     = length(local.frequent_numbers) == 0
    error_message = "More calls to one number than in the four weeks before: ${join(", ", local.frequent_numbers)}. It may be paid for each call."
  }
}

check "single_rings" {
  assert {
    condition     = length(local.single_rings) == 0
    error_message = "Calls that nobody answered, at least half of which rang once: ${join(", ", local.single_rings)}. Do not call back."
  }
}

check "long_calls_at_night" {
  assert {
    condition     = local.long_at_night <= var.expect.calls
    error_message = "${local.long_at_night} long calls began between 22:00 and 06:00. Look for a phone or a password that is not yours any more."
  }
}

check "calls_per_second" {
  assert {
    condition     = local.week.peak_calls_per_second <= var.expect.calls_per_second
    error_message = "${local.week.peak_calls_per_second} calls began in the second ${coalesce(local.week.peak_calls_per_second_at, "-")}. A machine made them: is it yours?"
  }
}

output "calls" {
  description = "How many calls were examined."
  value       = local.week.total_calls + data.bird_workspace_call_summary.incoming.total_calls
}
