# The last seven whole days in UTC, and the seven before them.
locals {
  until = "${coalesce(var.until, formatdate("YYYY-MM-DD", plantimestamp()))}T00:00:00Z"
  since = timeadd(local.until, "-168h")
}

data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = local.since
  end_at       = local.until
  group_by     = ["direction", "originator_country", "receiver_country"]

  # What stops the run.
  lifecycle {
    postcondition {
      condition     = self.total_calls > 0
      error_message = "There was no call in the last seven days. The line may be dead: call it, and see."
    }

    postcondition {
      condition = coalesce(self.answer_seizure_ratio, 1) * 100 >= var.expect.answered
      error_message = format("Only %d of %d calls were answered (%.1f %%). With fewer than %g %%, nothing may change until we know why.",
        self.answered_calls, self.total_calls - self.pending_calls, coalesce(self.answer_seizure_ratio, 1) * 100, var.expect.answered,
      )
    }
  }
}

data "bird_channel_call_summary" "week_before" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(local.since, "-168h")
  end_at       = local.since
}

locals {
  week   = data.bird_channel_call_summary.week
  before = data.bird_channel_call_summary.week_before

  # Of the calls that are not pending; if there are none, nothing is wrong.
  answered        = coalesce(local.week.answer_seizure_ratio, 1) * 100
  answered_before = coalesce(local.before.answer_seizure_ratio, 0) * 100
  failed          = lookup(local.week.by_status, "failed", 0)

  # Calls to or from countries where none are expected. A number without a
  # country is left out.
  routes = { for group in local.week.groups :
    group.direction == "incoming" ? "from ${coalesce(group.originator_country, "-")}" : "to ${coalesce(group.receiver_country, "-")}" => group.total_calls...
  }
  unexpected = [for route, calls in local.routes : "${sum(calls)} ${route}" if !contains(concat(["-"], tolist(var.expect.countries)), split(" ", route)[1])]

  # Null if no call was measured.
  score = try(local.week.mos.mean, null)
}

# What warns.
check "answer_rate" {
  assert {
    condition = local.answered >= var.expect.usually_answered
    error_message = format("%.1f %% of the calls were answered, and we want %g %%. Callers hang up, or there are too few people to answer.",
      local.answered, var.expect.usually_answered,
    )
  }
}

check "week_before" {
  assert {
    condition = local.answered >= local.answered_before - var.expect.fewer_answered
    error_message = format("%.1f %% of the calls were answered, after %.1f %% in the week before. Ask what changed.",
      local.answered, local.answered_before,
    )
  }
}

check "failed_calls" {
  assert {
    condition = local.failed * 100 <= var.expect.failed * local.week.total_calls
    error_message = format("%d of %d calls failed, more than %g %%. Callers hear nothing or a tone, so ask the carrier.",
      local.failed, local.week.total_calls, var.expect.failed,
    )
  }
}

check "countries" {
  assert {
    condition     = length(local.unexpected) == 0
    error_message = "There were calls where we expect none: ${join(", ", local.unexpected)}. It may be fraud, or a customer on holiday."
  }
}

check "lines" {
  assert {
    condition = local.week.peak_concurrent_calls <= var.expect.lines
    error_message = format("%d calls were in progress at once on %s, and there are %d lines. Further callers hear that the line is busy.",
      local.week.peak_concurrent_calls, try(formatdate("D MMM YYYY 'at' hh:mm 'UTC'", local.week.peak_concurrent_at), "no day"), var.expect.lines,
    )
  }
}

check "sound" {
  assert {
    condition = local.score == null ? true : local.score >= var.expect.mean_opinion_score
    error_message = format("The calls sound worse than we want: the mean opinion score is %.2f of 5, and we want %.2f.",
      coalesce(local.score, 5), var.expect.mean_opinion_score,
    )
  }
}

output "audit" {
  description = "What was audited, in one sentence."
  value = format("%d calls in the seven days before %s (%d in the week before), %.1f %% answered, %d failed, %d at once at most, mean opinion score %s.",
    local.week.total_calls, formatdate("D MMM YYYY", local.until), local.before.total_calls, local.answered, local.failed,
    local.week.peak_concurrent_calls, local.score == null ? "unknown" : format("%.2f", local.score),
  )
}
