data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h")

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

locals {
  week = data.bird_channel_call_summary.week

  # Of the calls that are not pending; null where there are none.
  answered = coalesce(local.week.answer_seizure_ratio, 1) * 100
  failed   = lookup(local.week.by_status, "failed", 0)

  # Numbers without a country count under no key.
  unexpected = { for country, calls in local.week.by_originator_country : country => calls if !contains(var.expect.countries, country) }

  # Null where no call was measured.
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
    condition = length(local.unexpected) == 0
    error_message = format("Calls came from countries where we expect none: %s. It may be fraud, or a customer on holiday.",
      join(", ", [for country, calls in local.unexpected : "${calls} from ${country}"]),
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
  value = format("%d calls in seven days, %.1f %% answered, %d failed, mean opinion score %s.",
    local.week.total_calls, local.answered, local.failed, local.score == null ? "unknown" : format("%.2f", local.score),
  )
}
