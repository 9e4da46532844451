locals {
  until    = coalesce(var.until, formatdate("YYYY-MM-DD", provider::bird::local_time(plantimestamp(), var.time_zone)))
  dates    = [for i in range(var.days) : formatdate("YYYY-MM-DD", timeadd("${local.until}T00:00:00Z", "-${24 * (var.days - i)}h"))]
  start_at = provider::bird::local_time(local.dates[0], var.time_zone)
  end_at   = provider::bird::local_time(local.until, var.time_zone)
}

data "bird_channels" "all" {
  workspace_id = var.workspace_id
}

# Three short lists of groups. One by day and hour would be read at once, but
# of a year it is 8,784 groups, which Terraform takes half a minute over.
data "bird_channel_call_summary" "by" {
  for_each = {
    day     = ["day"]
    hour    = ["weekday", "hour"]
    country = ["direction", "originator_country", "receiver_country"]
  }

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = local.start_at
  end_at       = local.end_at
  time_zone    = var.time_zone
  group_by     = each.value
}

locals {
  summary = data.bird_channel_call_summary.by["day"]
  by_day  = { for group in local.summary.groups : group.day => group if group.day != null }
  total   = local.summary.total_calls
  decided = local.total - local.summary.pending_calls
  failed  = lookup(local.summary.by_status, "failed", 0)
  channel = try(coalesce(one([for channel in data.bird_channels.all.channels : channel.name if channel.id == var.channel_id])), var.channel_id)

  # Days without calls have no group, but a place in the chart.
  days     = sort(distinct(concat(local.dates, keys(local.by_day))))
  weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  weekday  = { for day in local.days : day => formatdate("EEE", "${day}T00:00:00Z") }

  # A column is a day; of one day, an hour; of more than 90 days, a week.
  unit = length(local.days) == 1 ? "hour" : length(local.days) <= 90 ? "day" : "week"
  column = { for day in local.days : day =>
    local.unit == "week" ? formatdate("YYYY-MM-DD", timeadd("${day}T00:00:00Z", "-${24 * index(local.weekdays, local.weekday[day])}h")) : day
  }
  days_in = { for day in local.days : local.column[day] => day... }
  by_hour = { for group in data.bird_channel_call_summary.by["hour"].groups : "${local.weekdays[group.weekday - 1]} ${group.hour}" => group if group.hour != null }
  counts = local.unit == "hour" ? [for hour in range(24) : {
    name     = formatdate("EEE D MMM YYYY, '${format("%02d:00 to %02d:00", hour, hour + 1)}'", "${local.days[0]}T00:00:00Z")
    label    = format("%02d:00", hour)
    calls    = try(local.by_hour[format("%s %02d", local.weekday[local.days[0]], hour)].total_calls, 0)
    answered = try(local.by_hour[format("%s %02d", local.weekday[local.days[0]], hour)].answered_calls, 0)
    pending  = try(local.by_hour[format("%s %02d", local.weekday[local.days[0]], hour)].pending_calls, 0)
    }] : [for column in sort(keys(local.days_in)) : {
    name     = join(" to ", [for day in distinct([local.days_in[column][0], reverse(local.days_in[column])[0]]) : formatdate("EEE D MMM YYYY", "${day}T00:00:00Z")])
    label    = formatdate("D MMM", "${local.days_in[column][0]}T00:00:00Z")
    calls    = sum([for day in local.days_in[column] : try(local.by_day[day].total_calls, 0)])
    answered = sum([for day in local.days_in[column] : try(local.by_day[day].answered_calls, 0)])
    pending  = sum([for day in local.days_in[column] : try(local.by_day[day].pending_calls, 0)])
  }]

  # Calls of each hour of each weekday in the window, and how many such days.
  heat = [for weekday in local.weekdays : {
    name  = weekday
    days  = length([for day in local.days : day if local.weekday[day] == weekday])
    calls = [for hour in range(24) : try(local.by_hour[format("%s %02d", weekday, hour)].total_calls, 0)]
  } if contains(values(local.weekday), weekday)]

  # The country of the other side. Calls without one are under "".
  by_country = { for group in data.bird_channel_call_summary.by["country"].groups :
    try(coalesce(group.direction == "incoming" ? group.originator_country : group.receiver_country), "") => group...
  }

  by_cause = { for code, calls in local.summary.by_hangup_cause_code :
    "${provider::bird::hangup_cause(code)} (${code})" => calls
  }

  # Largest first. Sorting is by text, hence the digits in front.
  counted = { status = local.summary.by_status, cause = local.by_cause, country = { for code, groups in local.by_country : code => sum(groups[*].total_calls) } }
  ranked = { for name, counts in local.counted : name => [
    for line in sort([for key, calls in counts : format("%015d%s", 999999999999999 - calls, key)]) :
    { name = substr(line, 15, -1), calls = counts[substr(line, 15, -1)] }
  ] }
  # Nine at most: the last is then the others together.
  rows = { for name in ["status", "cause"] : name => length(local.ranked[name]) <= 9 ? local.ranked[name] : concat(
    slice(local.ranked[name], 0, 8),
    [{ name = "${length(local.ranked[name]) - 8} others", calls = sum(slice(local.ranked[name], 8, length(local.ranked[name]))[*].calls) }],
  ) }

  measures = [for measure in [
    { id = "score", name = "Mean opinion score", unit = "How calls sounded, 1 (bad) to 5 (excellent)", form = "%.2f", distribution = local.summary.mos },
    { id = "delay", name = "Post-dial delay", unit = "Seconds from dialling to the first ring", form = "%.2f", distribution = local.summary.post_dial_delay },
    { id = "answer", name = "Time to answer", unit = "Seconds from the first ring to the answer", form = "%.1f", distribution = local.summary.time_to_answer },
    { id = "length", name = "Call length", unit = "Seconds, for answered calls", form = "%.0f", distribution = local.summary.duration },
  ] : measure if try(measure.distribution.count, 0) > 0]

  # Axes from 0 by steps of 1, 2 or 5 and zeros, four of them or fewer.
  tops = merge(
    { calls = max(4, local.counts[*].calls...), heat = max(0.1, flatten([for row in local.heat : [for calls in row.calls : calls / row.days]])...) },
    { for measure in local.measures : measure.id => max(0.1, measure.distribution.max) },
  )
  tens  = { for name, top in local.tops : name => pow(10, floor(log(top / 4, 10))) }
  steps = { for name, top in local.tops : name => [for step in [1, 2, 5, 10, 20] : step * local.tens[name] if step * local.tens[name] * 4 >= top][0] }
  axes = merge(
    { for name, top in local.tops : name => [for i in range(ceil(top / local.steps[name]) + 1) : i * local.steps[name]] },
    { score = [1, 2, 3, 4, 5] },
  )
  marks = { for name, axis in local.axes : name => [for value in axis : replace(format("%.2f", value), "/\\.?0+$/", "")] }

  # Thousands set apart.
  caused = sum(concat([0], values(local.by_cause)))
  numbers = { for number in distinct([for number in concat(
    [local.total, local.decided, local.failed, local.caused, local.summary.child_calls, local.summary.pending_calls, local.summary.answered_calls, local.summary.peak_concurrent_calls],
    local.counts[*].calls, local.counts[*].answered, local.counts[*].pending, [for count in local.counts : count.calls - count.answered - count.pending],
    flatten(local.heat[*].calls), local.axes.calls, local.measures[*].distribution.count,
    flatten(values(local.ranked)[*][*].calls), flatten(values(local.rows)[*][*].calls),
  ) : format("%d", number)]) : number => strrev(trimsuffix(replace(strrev(number), "/(\\d{3})/", "$1,"), ",")) }

  # What HTML would read as its own, escaped.
  html = { for text in distinct(concat([var.title, local.channel, var.time_zone], flatten(values(local.ranked)[*][*].name), flatten(values(local.rows)[*][*].name))) :
    text => replace(replace(replace(replace(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;"), "\"", "&quot;")
  }
}

output "report" {
  description = "The report, a web page in one piece: terraform output -raw report > report.html"
  sensitive   = true # a plan need not print it
  value = templatefile("${path.module}/report.html.tftpl", {
    title     = local.html[var.title]
    channel   = local.html[local.channel]
    days      = [for day in distinct([local.days[0], local.days[length(local.days) - 1]]) : formatdate("D MMM YYYY", "${day}T00:00:00Z")]
    time_zone = local.html[var.time_zone]
    calls     = local.numbers[local.total]
    legs      = local.numbers[local.summary.child_calls]
    answered  = { calls = local.numbers[local.summary.answered_calls], of = local.numbers[local.decided], share = try(format("%.1f %%", 100 * local.summary.answered_calls / local.decided), "–") }
    failed    = { calls = local.numbers[local.failed], share = try(format("%.1f %%", 100 * local.failed / local.total), "–") }
    average   = try(format("%d:%02d", floor(local.summary.average_duration / 60), floor(local.summary.average_duration) % 60), "–")
    peak      = { calls = local.numbers[local.summary.peak_concurrent_calls], at = try(formatdate("D MMM YYYY 'at' hh:mm", provider::bird::local_time(local.summary.peak_concurrent_at, var.time_zone)), null) }
    pending   = { calls = local.numbers[local.summary.pending_calls], statuses = [for status in local.ranked.status : "${local.numbers[status.calls]} ${status.name}" if contains(["accepted", "scheduled", "starting", "ringing"], status.name)] }
    unit      = local.unit
    bottom    = local.bottom
    levels    = local.levels
    columns   = local.columns
    lines     = local.lines
    squares   = local.squares
    legend    = [for i, mark in local.marks.heat : { shade = local.shades[i], label = i == 0 ? "none" : "up to ${mark}" }]
    lists = [
      { id = "status", name = "By status", note = "Final status", bars = local.bars.status },
      { id = "cause", name = "By hangup cause", note = "ITU-T Q.850; known for ${local.numbers[local.caused]}", bars = local.bars.cause },
    ]
    scales = local.scales
    # In two columns where there are many.
    countries = chunklist(local.countries, max(8, ceil(length(local.countries) / 2)))
  })
}
