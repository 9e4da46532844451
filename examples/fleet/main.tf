data "bird_channel_call_summary" "each" {
  for_each = var.channel_ids

  workspace_id = var.workspace_id
  channel_id   = each.value
  start_at     = timeadd(plantimestamp(), "-${24 * var.days}h")
}

locals {
  fleet    = data.bird_channel_call_summary.each
  calls    = sum(concat([0], [for channel in local.fleet : channel.total_calls]))
  answered = sum(concat([0], [for channel in local.fleet : channel.answered_calls]))
  pending  = sum(concat([0], [for channel in local.fleet : channel.pending_calls]))
  failed   = sum(concat([0], [for channel in local.fleet : lookup(channel.by_status, "failed", 0)]))

  # What is null, as a ratio without calls, is written as a dash.
  lines = concat(
    [["Channel", "Calls", "Answered", "Average call", "Failed", "Sound"]],
    [for name, channel in local.fleet : [
      replace(name, "|", "\\|"),
      format("%d", channel.total_calls),
      try(format("%.1f %%", 100 * channel.answer_seizure_ratio), "-"),
      try(format("%d:%02d", floor(channel.average_duration / 60), floor(channel.average_duration) % 60), "-"),
      format("%d", lookup(channel.by_status, "failed", 0)),
      try(format("%.2f", channel.mos.mean), "-"),
    ]],
    [["All channels", format("%d", local.calls), try(format("%.1f %%", 100 * local.answered / (local.calls - local.pending)), "-"), "", format("%d", local.failed), ""]],
  )

  # Names to the left, figures to the right.
  widths = [for column in range(6) : max([for line in local.lines : length(line[column])]...)]
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
