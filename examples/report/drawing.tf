# What is written.
locals {
  # Thousands set apart.
  numbers = { for digits in distinct(regexall("\\d+", jsonencode([
    local.total, local.others, local.all["hour"].open_calls, local.peak, local.parts.now, local.counts, local.heat, local.axes.calls, local.rows, local.caused, local.countries, local.measures,
    [for changes in values(local.unusual) : abs(lookup(changes, "calls", 0))],
    [for summary in values(local.sides) : [summary.distinct_callers, summary.distinct_callees, summary.short_calls, summary.child_calls]],
  ]))) : digits => strrev(trimsuffix(replace(strrev(digits), "/(\\d{3})/", "$1,"), ",")) }

  # Shares of a part and a whole. What is there is not 0.0 %.
  shares = { for pair in distinct(concat([for side in keys(local.sides) : concat(
    values(local.parts.now[side]),
    [for row in concat(local.rows[side].status, local.rows[side].cause) : [row.calls, local.sides[side].total_calls]],
    [for country in local.countries[side] : [country.answered, country.decided]],
    )]...)) : jsonencode(pair) =>
    pair[1] == 0 ? "–" : pair[0] > 0 && pair[0] * 2000 < pair[1] ? "&lt; 0.1 %" : format("%.1f %%", 100 * pair[0] / pair[1])
  }

  # What HTML would read as its own, escaped.
  html = { for text in distinct(flatten([var.title, local.channel, var.time_zone, [for side in keys(local.sides) : [local.rows[side].status[*].name, local.rows[side].cause[*].name, local.countries[side][*].name]]])) :
    text => replace(replace(replace(replace(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;"), "\"", "&quot;")
  }

  cards = { for side, parts in local.parts.now : side => [for card in [
    { id = "calls", name = "Calls", note = "numbers: ${local.numbers[side == "incoming" ? local.sides[side].distinct_callers : local.sides[side].distinct_callees]}" },
    { id = "answered", name = "Answered", note = "" },
    side == "incoming" ? { id = "in_time", name = "Answered in 20 s", note = " callers" } : { id = "length", name = "Average call", note = "6 s or less: ${local.numbers[local.sides[side].short_calls]}" },
    { id = "failed", name = "Failed", note = "" },
    { id = "poor", name = "Poor sound", note = " scored under 3.6" },
    { id = "one", name = "Busiest number", note = "" },
    ] : {
    name  = card.name
    value = card.id == "calls" ? local.numbers[parts.calls[0]] : card.id == "length" ? try(format("%d:%02d", floor(parts.length[0] / parts.length[1] / 60), floor(parts.length[0] / parts.length[1]) % 60), "–") : local.shares[jsonencode(parts[card.id])]
    note  = contains(["calls", "length"], card.id) ? card.note : "${local.numbers[parts[card.id][0]]} of ${local.numbers[parts[card.id][1]]}${card.note}"
    change = [for by in [lookup(local.unusual[side], card.id, null)] : by == null ? null : {
      arrow = by > 0 ? "▲" : "▼"
      text = format("%s %s than before",
        card.id == "calls" ? local.numbers[abs(by)] : card.id == "length" ? format("%d:%02d", floor(abs(by) / 60), floor(abs(by)) % 60) : format("%.1f points", 100 * abs(by)),
        lookup({ calls = ["fewer", "more"], length = ["shorter", "longer"] }, card.id, ["lower", "higher"])[by > 0 ? 1 : 0]
      )
    }][0]
  }] }
}

# What is drawn, in pixels from the top and in percent from the left.
locals {
  rates  = { top = 0, height = 160 }
  calls  = { top = 190, height = 120 }
  bottom = local.calls.top + local.calls.height
  scale  = local.calls.height / local.axes.calls[length(local.axes.calls) - 1]
  # A few columns stand in the middle, as wide as those of ten.
  places = max(10, length(local.counts))
  named  = [for fifth in range(5) : floor((fifth + 0.5) / 5 * length(local.counts))]
  drawn = [for i, count in local.counts : {
    title = join(" ", concat(["${count.name}."], [for side in keys(local.sides) :
      "${title(side)}: ${local.numbers[count[side].calls]}${count[side].rate == null ? "" : format(", %.1f %% answered", 100 * count[side].rate)}."
    ]))
    x      = format("%.3f%%", 100 * (i + 0.14 + (local.places - length(local.counts)) / 2) / local.places)
    width  = format("%.3f%%", 72 / local.places)
    middle = format("%.3f%%", 100 * (i + 0.5 + (local.places - length(local.counts)) / 2) / local.places)
    parts = [for side, from in { incoming = 0, outgoing = count.incoming.calls } :
      { side = side, y = format("%.2f", local.bottom - local.scale * (from + count[side].calls)), height = format("%.2f", local.scale * count[side].calls) } if count[side].calls > 0
    ]
    rates = { for side in keys(local.sides) : side => format("%.2f", local.rates.top + local.rates.height * (1 - count[side].rate)) if count[side].rate != null }
    label = contains(local.named, i) ? count.label : ""
  }]
  lines = flatten([for side in keys(local.sides) : [for i in range(1, length(local.drawn)) :
    { side = side, x = [local.drawn[i - 1].middle, local.drawn[i].middle], y = [local.drawn[i - 1].rates[side], local.drawn[i].rates[side]] }
    if can(local.drawn[i - 1].rates[side]) && can(local.drawn[i].rates[side])
  ]])
  levels = concat(
    [for percent in range(0, 101, 20) : { label = "${percent} %", y = format("%.2f", local.rates.top + local.rates.height * (1 - percent / 100)) }],
    [for calls in local.axes.calls : { label = local.numbers[calls], y = format("%.2f", local.bottom - local.scale * calls) }],
  )

  # One for each mark of the axis that an average is above: none, and the
  # strongest ones.
  shades = concat([0], range(6 - length(local.axes.heat), 5))
  squares = [for row in local.heat : {
    name = row.name
    hours = [for hour, calls in row.calls : {
      title = format("%s %s:00 to %02d:00. Calls: %s, days: %d", row.name, hour, hour + 1, local.numbers[calls], row.days)
      shade = local.shades[max(local.narrow ? 1 : 0, length([for mark in local.axes.heat : mark if mark * row.days + 0.000001 < calls]))]
      x     = format("%.3f%%", 100 * hour / 24)
    }]
  }]
  legend = [for i, mark in local.marks : {
    shade = local.shades[i]
    label = i == 0 ? "none" : local.narrow && i == 1 ? "${local.marks[0]} to ${mark}" : "up to ${mark}"
  } if i > 0 || !local.narrow]
}

output "report" {
  description = "The report, a web page in one piece: terraform output -raw report > report.html"
  sensitive   = true # a plan need not print it
  value = templatefile("${path.module}/report.html.tftpl", {
    title     = local.html[var.title]
    channel   = local.html[local.channel]
    time_zone = local.html[var.time_zone]
    periods   = local.periods
    compared  = local.compared
    unusual   = anytrue([for changes in values(local.unusual) : length(changes) > 0])
    total     = local.total
    others    = local.numbers[local.others]
    peak = {
      calls = local.numbers[local.peak]
      at    = local.peak == 0 ? null : formatdate("D MMM YYYY 'at' hh:mm", provider::bird::local_time(sort([for peak in local.peaks : peak.at if peak.calls == local.peak])[0], var.time_zone))
      open  = local.numbers[local.all["hour"].open_calls]
    }
    unit    = local.unit
    bottom  = local.bottom
    levels  = local.levels
    columns = local.drawn
    lines   = local.lines
    span    = [for side in keys(local.sides) : [for rates in [[for count in local.counts : 100 * count[side].rate if count[side].rate != null]] : format("%s from %.0f %% to %.0f %%", side, min(rates...), max(rates...)) if length(rates) > 0]]
    fewest  = min([for count in local.counts : count.incoming.calls + count.outgoing.calls]...)
    most    = max([for count in local.counts : count.incoming.calls + count.outgoing.calls]...)
    busiest = local.busiest.name
    squares = local.squares
    legend  = local.legend
    sides = [for side in keys(local.sides) : {
      id       = side
      calls    = local.parts.now[side].calls[0]
      legs     = local.numbers[local.sides[side].child_calls]
      cards    = slice(local.cards[side], 0, local.parts.now[side].calls[0] == 0 ? 1 : 6)
      measures = [for measure in local.measures[side] : merge(measure, { calls = local.numbers[measure.calls] })]
      caused   = local.numbers[local.caused[side]]
      bars = { for name, rows in local.rows[side] : name => [for row in rows : {
        name  = local.html[row.name]
        calls = local.numbers[row.calls]
        share = local.shares[jsonencode([row.calls, local.sides[side].total_calls])]
        width = format("%.2f%%", 100 * row.calls / local.sides[side].total_calls)
        class = name == "status" && row.name == "failed" ? "red" : side
      }] }
      countries = [for country in local.countries[side] : {
        name    = local.html[country.name]
        calls   = local.numbers[country.calls]
        width   = format("%.2f%%", 100 * country.calls / max(local.countries[side][*].calls...))
        rate    = local.shares[jsonencode([country.answered, country.decided])]
        average = country.seconds == null ? "–" : format("%d:%02d", floor(country.seconds / 60), country.seconds % 60)
      }]
    }]
  })
}
