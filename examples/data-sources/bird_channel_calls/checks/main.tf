data "bird_channel_calls" "last_day" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-24h")
  attributes   = ["status", "quality_insights"]
}

locals {
  calls  = data.bird_channel_calls.last_day.calls
  failed = [for call in local.calls : call if call.status == "failed"]

  # The scale begins at 1: calls without media have 0.00, which is no score.
  # They are left out, as are calls without a number.
  scores = [for call in local.calls : call.quality_insights.mos if try(call.quality_insights.mos >= 1, false)]
}

check "few_calls_fail" {
  assert {
    condition     = length(local.failed) <= 0.05 * length(local.calls)
    error_message = "${length(local.failed)} of ${length(local.calls)} calls failed: more than 5 %."
  }
}

check "calls_sound_good" {
  assert {
    condition     = alltrue([for score in local.scores : score >= 2])
    error_message = "${length([for score in local.scores : score if score < 2])} calls have a mean opinion score below 2."
  }
}
