variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today."
  type        = string
  default     = null
}

variable "open" {
  description = "When the lines are open, in local time."
  type = object({
    time_zone = optional(string, "Europe/Amsterdam")
    weekdays  = optional(set(string), ["Mon", "Tue", "Wed", "Thu", "Fri"])
    from      = optional(number, 9)
    until     = optional(number, 17)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for day in var.open.weekdays : contains(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], day)])
    error_message = "Write the weekdays as Mon, Tue, Wed, Thu, Fri, Sat and Sun."
  }
}

variable "expect" {
  description = "What callers may expect."
  type = object({
    answer_within   = optional(number, 20) # seconds
    service_level   = optional(number, 80) # percent of the callers answered within them, at least
    in_each_hour    = optional(number, 60) # the same, of an hour of a weekday with 20 callers or more
    abandoned_calls = optional(number, 15) # percent of the callers that give up, at most
    answered        = optional(number, 50) # percent of the calls, at least
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for share in [var.expect.service_level, var.expect.in_each_hour, var.expect.answered] : share == 0 || share > 1])
    error_message = "Shares are in percent: write 80, and not 0.8."
  }
}

# The last seven whole days of the time zone.
locals {
  until = coalesce(var.until, substr(provider::bird::local_time(plantimestamp(), var.open.time_zone), 0, 10))
  since = substr(timeadd("${local.until}T00:00:00Z", "-168h"), 0, 10)
}

data "bird_workspace_call_summary" "incoming" {
  workspace_id = var.workspace_id
  channel_ids  = var.channel_id == null ? null : [var.channel_id] # null for all channels
  direction    = "incoming"
  start_at     = provider::bird::local_time(local.since, var.open.time_zone)
  end_at       = provider::bird::local_time(local.until, var.open.time_zone)
  group_by     = ["leg", "weekday", "hour"]
  time_zone    = var.open.time_zone
  thresholds   = { answer_within = var.expect.answer_within }
}

locals {
  weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  # The opening hours, without the legs of other calls. Callers are those who were
  # answered after a ring, and those who gave up.
  hours = [for group in data.bird_workspace_call_summary.incoming.groups : {
    name      = "${local.weekdays[group.weekday - 1]} ${group.hour}:00"
    callers   = try(group.time_to_answer.count, 0) + group.abandoned_calls
    within    = group.answered_within
    abandoned = group.abandoned_calls
    calls     = group.total_calls - group.pending_calls
    answered  = group.answered_calls
  } if group.leg == "false" && contains(var.open.weekdays, local.weekdays[group.weekday - 1]) && group.hour >= var.open.from && group.hour < var.open.until]

  callers   = sum(concat([0], local.hours[*].callers))
  within    = sum(concat([0], local.hours[*].within))
  abandoned = sum(concat([0], local.hours[*].abandoned))

  calls          = sum(concat([0], local.hours[*].calls))
  answered_calls = sum(concat([0], local.hours[*].answered))

  slow_hours = [for hour in local.hours : "${hour.name} (${hour.within} of ${hour.callers})"
    if hour.callers >= 20 && hour.within * 100 < hour.callers * var.expect.in_each_hour
  ]
}

check "service_level" {
  assert {
    condition = local.within * 100 >= local.callers * var.expect.service_level
    error_message = format("%d of %d callers were answered within %g seconds, and we want %g %%.",
      local.within, local.callers, var.expect.answer_within, var.expect.service_level,
    )
  }
}

check "each_hour" {
  assert {
    condition     = length(local.slow_hours) == 0
    error_message = "There are too few people to answer in these hours: ${join(", ", local.slow_hours)}."
  }
}

check "abandoned_calls" {
  assert {
    condition     = local.abandoned * 100 <= local.callers * var.expect.abandoned_calls
    error_message = format("%d of %d callers gave up, more than %g %%.", local.abandoned, local.callers, var.expect.abandoned_calls)
  }
}

# Calls that ring until they end count only here.
check "answered" {
  assert {
    condition     = local.answered_calls * 100 >= local.calls * var.expect.answered
    error_message = format("%d of %d calls were answered, and we want %g %%.", local.answered_calls, local.calls, var.expect.answered)
  }
}

output "calls" {
  description = "How many calls of the opening hours were examined."
  value       = local.calls
}

output "service_level" {
  description = "How many callers were answered in time, in each opening hour of the week."
  value       = { for hour in local.hours : hour.name => "${hour.within} of ${hour.callers}" }
}
