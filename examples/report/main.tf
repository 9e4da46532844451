locals {
  until = coalesce(var.until, substr(provider::bird::local_time(plantimestamp(), var.time_zone), 0, 10))

  # The weeks before are as many days, of the same weekdays.
  shifts  = { now = 0, before = 7 * ceil(var.days / 7) }
  windows = { for name, shift in local.shifts : name => [for days in [var.days + shift, shift] : provider::bird::local_time(substr(timeadd("${local.until}T00:00:00Z", "-${24 * days}h"), 0, 10), var.time_zone)] }
  periods = { for name, shift in local.shifts : name => join(" to ", distinct([for days in [var.days + shift, shift + 1] : formatdate("D MMM YYYY", timeadd("${local.until}T00:00:00Z", "-${24 * days}h"))])) }
}

data "bird_channels" "all" {
  workspace_id = var.workspace_id
}

# Short lists of groups. One by day and hour would be read at once, but of a year
# it is 8,784 groups, which Terraform takes half a minute over.
data "bird_channel_call_summary" "all" {
  for_each = { day = ["day"], hour = ["weekday", "hour"] }

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = local.windows.now[0]
  end_at       = local.windows.now[1]
  time_zone    = var.time_zone
  group_by     = each.value
  fill_gaps    = true
}

data "bird_channel_call_summary" "by_time" {
  for_each = toset(["incoming", "outgoing"])

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  direction    = each.key
  start_at     = local.windows.now[0]
  end_at       = local.windows.now[1]
  time_zone    = var.time_zone
  group_by     = [var.days == 1 ? "hour" : "day"]
  fill_gaps    = true
}

# The country of the other side.
data "bird_channel_call_summary" "by_country" {
  for_each = { incoming = "originator_country", outgoing = "receiver_country" }

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  direction    = each.key
  start_at     = local.windows.now[0]
  end_at       = local.windows.now[1]
  group_by     = [each.value]
  sort_by      = "total_calls"
}

data "bird_channel_call_summary" "before" {
  for_each = toset(["incoming", "outgoing"])

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  direction    = each.key
  start_at     = local.windows.before[0]
  end_at       = local.windows.before[1]
}

locals {
  all     = data.bird_channel_call_summary.all
  sides   = data.bird_channel_call_summary.by_country
  before  = data.bird_channel_call_summary.before
  total   = local.all["hour"].total_calls
  others  = local.total - lookup(local.all["hour"].by_direction, "incoming", 0) - lookup(local.all["hour"].by_direction, "outgoing", 0)
  channel = try(coalesce(one([for channel in data.bird_channels.all.channels : channel.name if channel.id == var.channel_id])), var.channel_id)

  # A call whose record has no end is in progress for ever. So many of the others
  # were at once, at least: of all, and of those that began on one day.
  peaks = [for summary in concat([local.all["day"]], local.all["day"].groups) : { calls = max(0, summary.peak_concurrent_calls - summary.open_calls), at = summary.peak_concurrent_at }]
  peak  = max(local.peaks[*].calls...)

  # What the cards compare: a part and its whole, in both periods.
  parts = { for period, summaries in { now = local.sides, before = local.before } : period => { for side, summary in summaries : side => {
    calls    = [summary.total_calls, 1]
    answered = [summary.answered_calls, summary.total_calls - summary.pending_calls]
    in_time  = [summary.answered_within, try(summary.time_to_answer.count, 0) + summary.abandoned_calls]
    length   = [summary.total_duration, try(summary.duration.count, 0)]
    one      = [side == "incoming" ? summary.most_calls_from_one : summary.most_calls_to_one, summary.total_calls]
    poor     = [summary.poor_mos_calls, try(summary.mos.count, 0)]
    failed   = [lookup(summary.by_status, "failed", 0), summary.total_calls]
  } } }
  compared = sum([for parts in values(local.parts.before) : parts.calls[0]]) > 0
  pairs = { for side, parts in local.parts.now : side => { for name, now in parts : name => { now = now, before = local.parts.before[side][name] }
    if local.compared && now[1] > 0 && local.parts.before[side][name][1] > 0
  } }
  means = { for side, pairs in local.pairs : side => { for name, pair in pairs : name => (pair.now[0] + pair.before[0]) / (pair.now[1] + pair.before[1]) } }

  # The standard error is that of a count, of a mean whose deviation is as large, or
  # of a share.
  changes = { for side, pairs in local.pairs : side => { for name, pair in pairs : name => {
    by    = pair.now[0] / pair.now[1] - pair.before[0] / pair.before[1]
    least = contains(["calls", "length"], name) ? pair.before[0] / pair.before[1] / 10 : 0.03
    error = pow((1 / pair.now[1] + 1 / pair.before[1]) * local.means[side][name] * lookup({ calls = 1, length = local.means[side][name] }, name, 1 - local.means[side][name]), 0.5)
  } } }
  # Unusual is what is a tenth, or three points of a share, and more than chance
  # explains.
  unusual = { for side, changes in local.changes : side => { for name, change in changes : name => change.by if abs(change.by) > max(change.least, 3 * change.error) } }

  # Days without calls, or hours of one day, have a place in the chart, too. A
  # column is one of them; of more than 42 days, it is a week.
  unit     = var.days == 1 ? "hour" : var.days <= 42 ? "day" : "week"
  groups   = { for side, summary in data.bird_channel_call_summary.by_time : side => { for group in summary.groups : coalesce(group.day, group.hour) => group } }
  days     = local.all["day"].groups[*].day
  weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  weekday  = { for day in local.days : day => formatdate("EEE", "${day}T00:00:00Z") }
  columns = { for time in keys(local.groups.incoming) :
    local.unit == "week" ? formatdate("YYYY-MM-DD", timeadd("${time}T00:00:00Z", "-${24 * index(local.weekdays, local.weekday[time])}h")) : time => time...
  }
  counts = [for times in values(local.columns) : merge(
    local.unit == "hour" ? {
      name  = "${formatdate("EEE D MMM YYYY", "${local.days[0]}T00:00:00Z")}, ${times[0]}:00 to ${format("%02d", times[0] + 1)}:00"
      label = "${times[0]}:00"
      } : {
      name  = join(" to ", [for day in distinct([times[0], reverse(times)[0]]) : formatdate("EEE D MMM YYYY", "${day}T00:00:00Z")])
      label = formatdate("D MMM", "${times[0]}T00:00:00Z")
    },
    { for side, groups in local.groups : side => {
      calls    = sum([for time in times : groups[time].total_calls])
      answered = sum([for time in times : groups[time].answered_calls])
      rate     = try(sum([for time in times : groups[time].answered_calls]) / sum([for time in times : groups[time].total_calls - groups[time].pending_calls]), null)
    } },
  )]

  # Calls of each hour of each weekday in the window, and how many such days.
  heat = [for i, weekday in local.weekdays : {
    name  = weekday
    days  = length([for day in values(local.weekday) : day if day == weekday])
    calls = { for group in local.all["hour"].groups : group.hour => group.total_calls if group.weekday == tostring(i + 1) }
  } if contains(values(local.weekday), weekday)]
  hours   = flatten([for row in local.heat : [for hour, calls in row.calls : { name = "${row.name} ${hour}:00", mean = calls / row.days }]])
  busiest = [for hour in local.hours : hour if hour.mean == max(local.hours[*].mean...)][0]
  # Where the range is narrow, the scale begins at the smallest value.
  narrow = min(local.hours[*].mean...) > local.busiest.mean / 2 && min(local.hours[*].mean...) < local.busiest.mean

  # Axes by steps of 1, 2 or 5 and zeros, four of them or fewer.
  ranges = {
    calls = [0, max(4, [for count in local.counts : count.incoming.calls + count.outgoing.calls]...)]
    heat  = [local.narrow ? min(local.hours[*].mean...) : 0, max(0.1, local.busiest.mean)]
  }
  tens  = { for name, range in local.ranges : name => pow(10, floor(log((range[1] - range[0]) / 4, 10))) }
  steps = { for name, range in local.ranges : name => [for step in [1, 2, 5, 10, 20] : step * local.tens[name] if ceil(range[1] / (step * local.tens[name])) - floor(range[0] / (step * local.tens[name])) <= 4][0] }
  axes  = { for name, range in local.ranges : name => [for i in range(floor(range[0] / local.steps[name]), ceil(range[1] / local.steps[name]) + 1) : i * local.steps[name]] }
  marks = [for value in local.axes.heat : replace(format("%.2f", value), "/\\.?0+$/", "")]

  # Of each list, the largest first. Sorting is by text, hence the digits in front.
  # Seven at most: the last is then the others together.
  lists = { for side, summary in local.sides : side => {
    status = summary.by_status
    cause  = { for code, calls in summary.by_hangup_cause_code : "${provider::bird::hangup_cause(code)} (${code})" => calls }
  } }
  ranked = { for side, lists in local.lists : side => { for name, list in lists : name => [
    for line in sort([for key, calls in list : format("%015d%s", 999999999999999 - calls, key)]) : { name = substr(line, 15, -1), calls = list[substr(line, 15, -1)] }
  ] } }
  rows = { for side, lists in local.ranked : side => { for name, list in lists : name => length(list) <= 7 ? list : concat(slice(list, 0, 6), [
    { name = "${length(list) - 6} others", calls = sum(slice(list, 6, length(list))[*].calls) }
  ]) } }

  caused = { for side, list in local.lists : side => sum(concat([0], values(list.cause))) }

  # What half of the calls, and one in twenty, is as bad as, or worse than.
  measures = { for side, summary in local.sides : side => [for measure in [
    { name = "Opinion score", form = "%.2f", of = summary.mos, tail = "p5" },
    { name = "Dialling to ring", form = "%.1f s", of = summary.post_dial_delay, tail = "p95" },
    { name = "Ring to answer", form = "%.1f s", of = summary.time_to_answer, tail = "p95" },
    { name = "Ring, no answer", form = "%.1f s", of = summary.ring_time, tail = "p95" },
    { name = "Call length", form = "%.0f s", of = summary.duration, tail = "p95" },
  ] : { name = measure.name, median = format(measure.form, measure.of.p50), tail = format(measure.form, measure.of[measure.tail]), calls = measure.of.count } if try(measure.of.count, 0) > 0] }

  # Eight countries at most: the last is then the others together.
  countries = { for side, summary in local.sides : side => [
    for groups in length(summary.groups) <= 8 ? [for group in summary.groups : [group]] : concat([for group in slice(summary.groups, 0, 7) : [group]], [slice(summary.groups, 7, length(summary.groups))]) : {
      name     = length(groups) > 1 ? "${length(groups)} others" : [for code in [try(coalesce(groups[0].originator_country, groups[0].receiver_country), "Not known")] : lookup(local.country_names, code, code)][0]
      calls    = sum(groups[*].total_calls)
      answered = sum(groups[*].answered_calls)
      decided  = sum(groups[*].total_calls) - sum(groups[*].pending_calls)
      seconds  = try(floor(sum(groups[*].total_duration) / sum([for group in groups : group.duration.count if group.duration != null])), null)
    }
  ] }
}
