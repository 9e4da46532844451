variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "expect" {
  description = "What the carrier bills without a surcharge."
  type = object({
    days             = optional(number, 7)  # that the carrier judges together
    short_call       = optional(number, 6)  # seconds that a short call lasts, at most
    short_calls      = optional(number, 15) # percent of the answered calls, at most
    abandoned_calls  = optional(number, 20) # percent of the calls, at most
    average_duration = optional(number, 30) # seconds, at least
  })
  default  = {}
  nullable = false
}

locals {
  until = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
}

data "bird_workspace_call_summary" "outgoing" {
  workspace_id = var.workspace_id
  channel_ids  = var.channel_id == null ? null : [var.channel_id] # null for all channels
  direction    = "outgoing"
  start_at     = timeadd(local.until, "-${24 * var.expect.days}h")
  end_at       = local.until
  group_by     = ["leg", "status"]
  thresholds   = { short_call = var.expect.short_call }
}

locals {
  # Calls by status, without the legs of other calls.
  calls = { for group in data.bird_workspace_call_summary.outgoing.groups : coalesce(group.status, "-") => group if group.leg == "false" }
  total = sum(concat([0], values(local.calls)[*].total_calls))

  answered  = try(local.calls.completed.duration.count, 0)
  short     = try(local.calls.completed.short_calls, 0)
  average   = try(local.calls.completed.average_duration, null)
  abandoned = try(local.calls.cancelled.total_calls, 0) # before or while it rang

  # How many more of the same number of calls may be short or abandoned, and how many
  # seconds the calls may become shorter on average. Below 0, the carrier bills extra.
  left = {
    short_calls     = floor(local.answered * var.expect.short_calls / 100) - local.short
    abandoned_calls = floor(local.total * var.expect.abandoned_calls / 100) - local.abandoned
    seconds         = coalesce(local.average, var.expect.average_duration) - var.expect.average_duration
  }
}

check "short_calls" {
  assert {
    condition = local.left.short_calls >= 0
    error_message = format("%d of %d answered calls lasted %g seconds at most, and the carrier bills extra beyond %g %%.",
      local.short, local.answered, var.expect.short_call, var.expect.short_calls,
    )
  }
}

check "abandoned_calls" {
  assert {
    condition = local.left.abandoned_calls >= 0
    error_message = format("%d of %d calls were given up before an answer, and the carrier bills extra beyond %g %%.",
      local.abandoned, local.total, var.expect.abandoned_calls,
    )
  }
}

check "average_duration" {
  assert {
    condition = local.left.seconds >= 0
    error_message = format("Calls lasted %.1f seconds on average, and the carrier bills extra below %g.",
      coalesce(local.average, 0), var.expect.average_duration,
    )
  }
}

output "calls" {
  description = "How many calls were examined."
  value       = local.total
}

output "left" {
  description = "What is left before the carrier bills extra."
  value       = local.left
}
