locals {
  until = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform
}

data "bird_workspace_call_summary" "fleet" {
  workspace_id = var.workspace_id
  start_at     = timeadd(local.until, "-${24 * var.days}h")
  end_at       = local.until
  group_by     = ["channel_id"]
}

locals {
  channels = data.bird_channels.voice.channels
  fleet    = data.bird_workspace_call_summary.fleet
  by_id    = { for group in local.fleet.groups : coalesce(group.channel_id, "-") => group }

  # Each channel has a line, even without calls, and so do the calls of a channel
  # that no longer exists.
  rows = concat(
    [for channel in local.channels : { name = coalesce(channel.name, channel.id), statistics = try(local.by_id[channel.id], null) }],
    [for id, group in local.by_id : { name = id, statistics = group } if !contains(local.channels[*].id, id)],
    [{ name = "All channels", statistics = local.fleet }],
  )

  # A null value, such as a ratio without calls, is shown as a dash.
  lines = concat(
    [["Channel", "Calls", "Answered", "Delivered", "Average call", "At once", "Sound"]],
    [for row in local.rows : [
      replace(row.name, "|", "\\|"),
      format("%d", try(row.statistics.total_calls, 0)),
      try(format("%.1f %%", 100 * row.statistics.answer_seizure_ratio), "-"),
      try(format("%.1f %%", 100 * row.statistics.network_effectiveness_ratio), "-"),
      try(format("%d:%02d", floor(row.statistics.average_duration / 60), floor(row.statistics.average_duration) % 60), "-"),
      format("%d", try(row.statistics.peak_concurrent_calls, 0)),
      try(format("%.2f", row.statistics.mos.mean), "-"),
    ]],
  )

  # Names to the left, numbers to the right.
  widths = [for column in range(7) : max([for line in local.lines : length(line[column])]...)]
  form   = "| ${join(" | ", [for column, width in local.widths : column == 0 ? "%-${width}s" : "%${width}s"])} |\n"
  rule   = [for column, width in local.widths : replace(format("%${width}s", column == 0 ? "" : ":"), " ", "-")]
}

output "fleet" {
  description = "A table of all channels, in Markdown."
  value = join("", concat(
    [format(local.form, local.lines[0]...), format(local.form, local.rule...)],
    [for line in slice(local.lines, 1, length(local.lines)) : format(local.form, line...)],
  ))
}
