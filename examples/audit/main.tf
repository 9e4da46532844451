variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "expect" {
  description = "What is expected of the calls."
  type = object({
    answered      = optional(number, 50) # percent of the calls, at least; fewer stop the run
    service_level = optional(number, 80) # percent of the callers answered within 20 seconds, at least
    failed        = optional(number, 5)  # percent of the calls, at most
    poor_sound    = optional(number, 20) # percent of the calls that were measured, at most
    lines         = optional(number, 30) # calls that are possible at once
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for share in [var.expect.answered, var.expect.service_level] : share == 0 || share > 1])
    error_message = "Shares are in percent: write 50, and not 0.5."
  }
}

# The last seven whole days, and the four weeks before them.
locals {
  until = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
  since = timeadd(local.until, "-168h")
}

data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = local.since
  end_at       = local.until
  group_by     = ["direction"]

  # What stops the run.
  lifecycle {
    postcondition {
      condition     = self.total_calls > 0
      error_message = "There was no call in the last seven days. The line may be dead: call it, and see."
    }

    postcondition {
      condition     = coalesce(self.answer_seizure_ratio, 1) >= var.expect.answered / 100
      error_message = "Only ${self.answered_calls} of ${self.total_calls - self.pending_calls} calls were answered. Find out why before anything else changes."
    }
  }
}

data "bird_channel_call_summary" "before" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(local.since, "-672h")
  end_at       = local.since
}

locals {
  week          = data.bird_channel_call_summary.week
  service_level = coalesce(one([for group in local.week.groups : group.service_level if group.direction == "incoming"]), 1)
  failed        = lookup(local.week.by_status, "failed", 0)
  poor_sound    = try(100 * local.week.poor_mos_calls / local.week.mos.count, 0)
  new_countries = [for country, calls in local.week.by_receiver_country : country
    if calls > 4 && !contains(keys(data.bird_channel_call_summary.before.by_receiver_country), country)
  ]
}

# What warns.
check "service_level" {
  assert {
    condition     = local.service_level >= var.expect.service_level / 100
    error_message = format("%.1f %% of the callers were answered within 20 seconds, and we want %g %%.", 100 * local.service_level, var.expect.service_level)
  }
}

check "failed_calls" {
  assert {
    condition     = local.failed * 100 <= var.expect.failed * local.week.total_calls
    error_message = "${local.failed} of ${local.week.total_calls} calls failed, more than ${var.expect.failed} %. Callers hear nothing or a tone, so ask the carrier."
  }
}

check "sound" {
  assert {
    condition     = local.poor_sound <= var.expect.poor_sound
    error_message = format("%.1f %% of the calls sounded poor, more than %g %%.", local.poor_sound, var.expect.poor_sound)
  }
}

check "countries" {
  assert {
    condition     = length(local.new_countries) == 0
    error_message = "Five calls or more to countries that were not called in the four weeks before: ${join(", ", local.new_countries)}. It may be fraud."
  }
}

check "lines" {
  assert {
    condition     = local.week.peak_concurrent_calls <= var.expect.lines
    error_message = "${local.week.peak_concurrent_calls} calls were in progress at once (${coalesce(local.week.peak_concurrent_at, "-")}), and there are ${var.expect.lines} lines. Further callers hear that the line is busy."
  }
}

output "audit" {
  description = "What was audited, in one sentence."
  value = format("%d calls in the seven days before %s, %d answered, %d failed, %d at once at most.",
    local.week.total_calls, formatdate("D MMM YYYY", local.until), local.week.answered_calls, local.failed, local.week.peak_concurrent_calls,
  )
}
