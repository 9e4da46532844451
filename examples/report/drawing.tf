# What is drawn, in pixels from the top and in percent from the left.
locals {
  rates  = { top = 0, height = 88 }
  calls  = { top = 120, height = 168 }
  bottom = local.calls.top + local.calls.height
  scale  = local.calls.height / local.axes.calls[length(local.axes.calls) - 1]
  # A few columns stand in the middle, as wide as those of ten.
  places = max(10, length(local.counts))
  naming = ceil(length(local.counts) / 5)
  columns = [for i, count in local.counts : {
    title = join("", [
      "${count.name}. Calls: ${local.numbers[count.calls]}, answered: ${local.numbers[count.answered]}, not answered: ${local.numbers[count.calls - count.answered - count.pending]}, pending: ${local.numbers[count.pending]}",
      count.calls == count.pending ? "" : format(", answer rate: %.1f %%", 100 * count.answered / (count.calls - count.pending)),
    ])
    x      = format("%.3f%%", 100 * (i + 0.14 + (local.places - length(local.counts)) / 2) / local.places)
    width  = format("%.3f%%", 72 / local.places)
    middle = format("%.3f%%", 100 * (i + 0.5 + (local.places - length(local.counts)) / 2) / local.places)
    parts = [for part in [
      { class = "blue", from = 0, calls = count.answered },
      { class = "pale", from = count.answered, calls = count.calls - count.answered - count.pending },
      { class = "grey", from = count.calls - count.pending, calls = count.pending },
    ] : { class = part.class, y = format("%.2f", local.bottom - local.scale * (part.from + part.calls)), height = format("%.2f", local.scale * part.calls) } if part.calls > 0]
    rate = try(format("%.2f", local.rates.top + local.rates.height * (1 - count.answered / (count.calls - count.pending))), null)
    # Five at most are named.
    label = i % local.naming == floor(local.naming / 2) ? count.label : ""
  }]
  lines = [for i in range(1, length(local.columns)) : { from = local.columns[i - 1], to = local.columns[i] } if local.columns[i - 1].rate != null && local.columns[i].rate != null]
  levels = concat(
    [for percent in [0, 50, 100] : { label = "${percent} %", y = format("%.2f", local.rates.top + local.rates.height * (1 - percent / 100)) }],
    [for calls in local.axes.calls : { label = local.numbers[calls], y = format("%.2f", local.bottom - local.scale * calls) }],
  )

  # One for each mark of the axis that an average is above: none, and the
  # strongest ones.
  shades = concat([0], range(6 - length(local.axes.heat), 5))
  squares = [for row in local.heat : {
    name = row.name
    hours = [for hour, calls in row.calls : {
      title = format("%s %02d:00 to %02d:00. Calls: %s, days: %d", row.name, hour, hour + 1, local.numbers[calls], row.days)
      shade = local.shades[length([for mark in local.axes.heat : mark if mark * row.days + 0.000001 < calls])]
      x     = format("%.3f%%", 100 * hour / 24)
    }]
  }]

  bars = { for name, rows in local.rows : name => [for row in rows : {
    name  = local.html[row.name]
    calls = local.numbers[row.calls]
    share = format("%.1f %%", 100 * row.calls / local.total)
    width = format("%.2f%%", 100 * row.calls / local.total)
    class = name == "status" && row.name == "failed" ? "red" : "blue"
  }] }

  countries = [for country in local.ranked.country : {
    name    = country.name == "" ? "Not known" : local.html[country.name]
    calls   = local.numbers[country.calls]
    width   = format("%.2f%%", 100 * country.calls / local.ranked.country[0].calls)
    rate    = try(format("%.1f %%", 100 * sum(local.by_country[country.name][*].answered_calls) / (country.calls - sum(local.by_country[country.name][*].pending_calls))), "–")
    seconds = try(floor(sum(local.by_country[country.name][*].total_duration) / sum([for group in local.by_country[country.name] : group.duration.count if group.duration != null])), null)
  }]

  scales = [for measure in local.measures : merge(measure, {
    at   = { for name in ["min", "p50", "mean", "p95"] : name => format("%.2f%%", 100 * (measure.distribution[name] - local.axes[measure.id][0]) / (local.axes[measure.id][length(local.axes[measure.id]) - 1] - local.axes[measure.id][0])) }
    span = format("%.2f%%", 100 * (measure.distribution.max - measure.distribution.min) / (local.axes[measure.id][length(local.axes[measure.id]) - 1] - local.axes[measure.id][0]))
    ticks = [for i, mark in local.marks[measure.id] : {
      label = mark
      x     = format("%.2f%%", 100 * i / (length(local.marks[measure.id]) - 1))
    }]
    count = local.numbers[measure.distribution.count]
  })]
}
