variable "platform" {
  description = "The platform_id of the voice channels."
  type        = string
  default     = "voice-messagebird"
}

variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today."
  type        = string
  default     = null
}

variable "expect" {
  description = "What is expected of each line."
  type = object({
    calls     = optional(number, 10) # on an open day on average; a line with fewer may have days without calls
    days      = optional(number, 7)
    weekdays  = optional(set(string), ["Mon", "Tue", "Wed", "Thu", "Fri"])
    time_zone = optional(string, "Europe/Amsterdam")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for day in var.expect.weekdays : contains(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], day)])
    error_message = "Write the weekdays as Mon, Tue, Wed, Thu, Fri, Sat and Sun."
  }
}

locals {
  until = coalesce(var.until, substr(provider::bird::local_time(plantimestamp(), var.expect.time_zone), 0, 10))
  since = substr(timeadd("${local.until}T00:00:00Z", "-${24 * var.expect.days}h"), 0, 10)
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform
  status       = "active"
}

data "bird_channel_call_summary" "line" {
  for_each = { for channel in data.bird_channels.voice.channels : channel.id => coalesce(channel.name, channel.id) }

  workspace_id = var.workspace_id
  channel_id   = each.key
  direction    = "incoming" # an outgoing call does not show that the line can be reached
  start_at     = provider::bird::local_time(local.since, var.expect.time_zone)
  end_at       = provider::bird::local_time(local.until, var.expect.time_zone)
  group_by     = ["day"]
  time_zone    = var.expect.time_zone
  fill_gaps    = true
}

locals {
  lines = [for channel in data.bird_channels.voice.channels : {
    name  = coalesce(channel.name, channel.id)
    calls = data.bird_channel_call_summary.line[channel.id].total_calls
    days = { for group in data.bird_channel_call_summary.line[channel.id].groups :
      group.day => group.total_calls if contains(var.expect.weekdays, formatdate("EEE", "${group.day}T00:00:00Z"))
    }
  }]
  dead_lines = [for line in local.lines : line.name if line.calls == 0]
  dead_days = [for line in local.lines : "${line.name} on ${join(" and ", [for day, calls in line.days : day if calls == 0])}"
    if line.calls >= var.expect.calls * length(line.days) && contains(values(line.days), 0)
  ]
}

check "dead_lines" {
  assert {
    condition     = length(local.lines) > 0
    error_message = "There is no active channel of the platform ${var.platform}."
  }

  assert {
    condition     = length(local.dead_lines) == 0
    error_message = "Lines that nobody called in ${var.expect.days} days: ${join(", ", local.dead_lines)}. Call them, and see."
  }
}

check "dead_days" {
  assert {
    condition     = length(local.dead_days) == 0
    error_message = "Busy lines without a call: ${join(", ", local.dead_days)}. Ask the carrier what happened."
  }
}

output "lines" {
  description = "A table of all lines, in Markdown."
  value = join("\n", concat(
    ["| Line | Calls | Days without calls |", "| ---- | ----: | ------------------ |"],
    [for line in local.lines : "| ${replace(line.name, "|", "\\|")} | ${line.calls} | ${join(", ", [for day, calls in line.days : day if calls == 0])} |"],
  ))
}
