# What "make demo" runs: every call of one channel, and statistics of them.

variable "days" {
  description = "How many days back to read, or null for every call."
  type        = number
  default     = null
}

data "bird_channel_calls" "demo" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = var.days == null ? null : timeadd(plantimestamp(), "-${24 * var.days}h")
  attributes   = ["created_at", "direction", "duration", "from", "status", "to"]
}

data "bird_channel_call_summary" "demo" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = data.bird_channel_calls.demo.start_at
}

locals {
  calls   = data.bird_channel_calls.demo.calls
  summary = data.bird_channel_call_summary.demo

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

  # Each column is as wide as its widest text: some numbers are client:<uuid>.
  latest_table = concat(
    [["created (UTC)", "direction", "from", "to", "status", "seconds"]],
    [for call in local.latest : [
      replace(substr(coalesce(call.created_at, "-"), 0, 19), "T", " "),
      coalesce(call.direction, "-"),
      coalesce(call.from, "-"),
      coalesce(call.to, "-"),
      coalesce(call.status, "-"),
      try(tostring(call.duration + 0), "-"),
    ]],
  )
  widths      = [for column in range(6) : max([for line in local.latest_table : length(line[column])]...)]
  latest_form = join("  ", [for column, width in local.widths : column == 5 ? "%${width}s" : "%-${width}s"])
}

output "summary" {
  description = "How many calls there are, by status and direction too, how many were answered, the busiest moment, and the latest five."
  value       = <<-EOT
    Calls     ${length(local.calls)}
    Answered  ${try(format("%.1f %% of those that are not pending", 100 * local.summary.answer_seizure_ratio), "-")}
    Busiest   ${try("${local.summary.peak_concurrent_calls} at once, at ${replace(substr(local.summary.peak_concurrent_at, 0, 19), "T", " ")} (UTC)", "-")}

    ${join("\n", local.count_table)}

    The latest five

    ${join("\n", [for line in local.latest_table : format(local.latest_form, line...)])}
  EOT
}
