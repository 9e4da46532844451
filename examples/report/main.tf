locals {
  until = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
  since = timeadd(local.until, "-${24 * var.days}h")
}

data "bird_channel_call_summary" "report" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = local.since
  end_at       = local.until
}

locals {
  summary = data.bird_channel_call_summary.report
  total   = local.summary.total_calls
  decided = local.total - local.summary.pending_calls
  failed  = lookup(local.summary.by_status, "failed", 0)

  # Days without calls have no key in the summary, but a column in the chart.
  days = sort(distinct(concat(
    [for i in range(var.days) : formatdate("YYYY-MM-DD", timeadd(local.since, "${24 * i}h"))],
    keys(local.summary.by_day),
  )))
  by_day = [for day in local.days : lookup(local.summary.by_day, day, 0)]

  by_cause = { for code, calls in local.summary.by_hangup_cause_code :
    "${coalesce(try(provider::bird::hangup_cause(tonumber(code)), null), "Unnamed cause")} (${code})" => calls
  }

  # The eight largest of each, largest first, and the others together. Sorting
  # is by text, hence the digits in front.
  ranked = { for name, counts in { status = local.summary.by_status, cause = local.by_cause } : name => [
    for line in sort([for key, calls in counts : format("%015d%s", 999999999999999 - calls, key)]) :
    { name = substr(line, 15, -1), calls = counts[substr(line, 15, -1)] }
  ] }
  rows = { for name, ranked in local.ranked : name => concat(
    slice(ranked, 0, min(8, length(ranked))),
    length(ranked) <= 8 ? [] : [{ name = "${length(ranked) - 8} others", calls = sum(slice(ranked, 8, length(ranked))[*].calls) }],
  ) }

  # Axes from 0 by steps of 1, 2 or 5 and zeros, four of them or fewer.
  tops  = { day = max(4, local.by_day...), delay = max(0.1, try(local.summary.post_dial_delay.max, 0.1)) }
  tens  = { for name, top in local.tops : name => pow(10, floor(log(top / 4, 10))) }
  steps = { for name, top in local.tops : name => [for step in [1, 2, 5, 10, 20] : step * local.tens[name] if step * local.tens[name] * 4 >= top][0] }
  axes  = { for name, top in local.tops : name => [for i in range(ceil(top / local.steps[name]) + 1) : i * local.steps[name]] }

  # What is drawn, in pixels from the top and in percent from the left.
  height = 192
  scale  = local.height / local.axes.day[length(local.axes.day) - 1]
  naming = ceil(length(local.days) / 5)
  columns = [for i, day in local.days : {
    class  = contains(["Sat", "Sun"], formatdate("EEE", "${day}T00:00:00Z")) ? "pale" : "blue"
    title  = "${formatdate("EEE D MMM YYYY", "${day}T00:00:00Z")}: ${local.numbers[local.by_day[i]]}"
    x      = format("%.3f%%", 100 * (i + 0.14) / length(local.days))
    width  = format("%.3f%%", 72 / length(local.days))
    y      = format("%.1f", local.height - local.scale * local.by_day[i])
    height = format("%.1f", local.scale * local.by_day[i])
    middle = format("%.3f%%", 100 * (i + 0.5) / length(local.days))
    # Five days at most are named.
    label = i % local.naming == floor(local.naming / 2) ? formatdate("D MMM", "${day}T00:00:00Z") : ""
  }]
  levels = [for calls in local.axes.day : { label = local.numbers[calls], y = format("%.1f", local.height - local.scale * calls) }]

  bars = { for name, rows in local.rows : name => [for row in rows : {
    name  = local.html[row.name]
    calls = local.numbers[row.calls]
    share = format("%.1f %%", 100 * row.calls / local.total)
    width = format("%.2f%%", 100 * row.calls / local.total)
    class = name == "status" && row.name == "failed" ? "red" : "blue"
  }] }

  measures = [for measure in [
    { id = "score", name = "Mean opinion score", unit = "How calls sounded, 1 (bad) to 5 (excellent)", figures = local.summary.mos, axis = [1, 2, 3, 4, 5] },
    { id = "delay", name = "Post-dial delay", unit = "Seconds from dialling to the first ring", figures = local.summary.post_dial_delay, axis = local.axes.delay },
    ] : merge(measure, {
      at   = { for name in ["min", "p50", "mean", "p95"] : name => format("%.2f%%", 100 * (measure.figures[name] - measure.axis[0]) / (measure.axis[length(measure.axis) - 1] - measure.axis[0])) }
      span = format("%.2f%%", 100 * (measure.figures.max - measure.figures.min) / (measure.axis[length(measure.axis) - 1] - measure.axis[0]))
      ticks = [for i, value in measure.axis : {
        label = replace(format("%.2f", value), "/\\.?0+$/", "")
        x     = format("%.2f%%", 100 * i / (length(measure.axis) - 1))
      }]
      count = local.numbers[measure.figures.count]
  }) if try(measure.figures.count, 0) > 0]

  # Thousands set apart.
  caused = sum(concat([0], values(local.by_cause)))
  numbers = { for number in distinct([for number in concat(
    [local.total, local.decided, local.summary.child_calls, local.summary.answered_calls, local.failed, local.caused],
    [for figures in [local.summary.mos, local.summary.post_dial_delay] : try(figures.count, 0)],
    local.by_day, local.axes.day, flatten(values(local.rows)[*][*].calls),
  ) : format("%d", number)]) : number => strrev(trimsuffix(replace(strrev(number), "/(\\d{3})/", "$1,"), ",")) }

  # What HTML would read as its own, escaped.
  html = { for text in distinct(concat([var.title], flatten(values(local.rows)[*][*].name))) :
    text => replace(replace(replace(replace(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;"), "\"", "&quot;")
  }
}

output "report" {
  description = "The report, a web page in one piece: terraform output -raw report > report.html"
  value = templatefile("${path.module}/report.html.tftpl", {
    title    = local.html[var.title]
    first    = formatdate("D MMM YYYY", "${local.days[0]}T00:00:00Z")
    last     = formatdate("D MMM YYYY", "${local.days[length(local.days) - 1]}T00:00:00Z")
    calls    = local.numbers[local.total]
    legs     = local.numbers[local.summary.child_calls]
    answered = { calls = local.numbers[local.summary.answered_calls], of = local.numbers[local.decided], share = local.decided == 0 ? "–" : format("%.1f %%", 100 * local.summary.answer_seizure_ratio) }
    failed   = { calls = local.numbers[local.failed], share = local.total == 0 ? "–" : format("%.1f %%", 100 * local.failed / local.total) }
    average  = try(format("%d:%02d", floor(local.summary.average_duration / 60), floor(local.summary.average_duration) % 60), "–")
    height   = local.height
    levels   = local.levels
    columns  = local.columns
    lists = [
      { id = "status", name = "By status", note = "How far the calls came", bars = local.bars.status },
      { id = "cause", name = "By hangup cause", note = "By ITU-T Q.850; known for ${local.numbers[local.caused]}", bars = local.bars.cause },
    ]
    measures = local.measures
  })
}
