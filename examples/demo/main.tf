# What "make demo" runs: every call of one channel, and a summary of them.

terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

# The credential comes from BIRD_TOKEN or BIRD_ACCESS_KEY.
provider "bird" {}

variable "workspace_id" {
  description = "The workspace that holds the channel."
  type        = string
}

variable "channel_id" {
  description = "The voice channel whose calls to read."
  type        = string
}

variable "days" {
  description = "How many days back to read, or null for every call."
  type        = number
  default     = null
}

data "bird_channel_calls" "demo" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = var.days == null ? null : timeadd(plantimestamp(), "-${24 * var.days}h")
}

locals {
  calls = data.bird_channel_calls.demo.calls

  # The calls are sorted by the time they were created, oldest first.
  latest = reverse(slice(local.calls, max(0, length(local.calls) - 5), length(local.calls)))

  by_status_and_direction = { for call in local.calls :
    "${coalesce(call.status, "-")} ${coalesce(call.direction, "-")}" => call.id...
  }
  statuses   = sort(distinct([for call in local.calls : coalesce(call.status, "-")]))
  directions = sort(distinct([for call in local.calls : coalesce(call.direction, "-")]))

  count_table = concat(
    [join("", concat(
      [format("%-14s", "status")],
      [for direction in local.directions : format("%10s", direction)],
    ))],
    [for status in local.statuses : join("", concat(
      [format("%-14s", status)],
      [for direction in local.directions :
        format("%10d", length(lookup(local.by_status_and_direction, "${status} ${direction}", [])))
      ],
    ))],
  )

  latest_table = concat(
    [format("%-21s %-10s %-20s %-20s %-14s %8s", "created (UTC)", "direction", "from", "to", "status", "seconds")],
    [for call in local.latest : format("%-21s %-10s %-20s %-20s %-14s %8s",
      replace(substr(coalesce(call.created_at, "-"), 0, 19), "T", " "),
      coalesce(call.direction, "-"),
      coalesce(call.from, "-"),
      coalesce(call.to, "-"),
      coalesce(call.status, "-"),
      try(tostring(call.duration + 0), "-"),
    )],
  )
}

output "summary" {
  description = "The number of calls, how many there are by status and direction, and the latest five."
  value       = <<-EOT
    ${length(local.calls)} calls

    ${join("\n", local.count_table)}

    The latest five

    ${join("\n", local.latest_table)}
  EOT
}
