data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h")

  lifecycle {
    postcondition {
      condition     = self.total_calls > 0
      error_message = "There was no call in a week: is the line dead?"
    }
  }
}

locals {
  # Null where it is not known yet whether any call will be answered.
  answered = data.bird_channel_call_summary.week.answer_seizure_ratio
}

check "answered" {
  assert {
    condition     = local.answered == null ? true : local.answered >= var.answered / 100
    error_message = format("Only %.1f %% of the calls of a week were answered.", 100 * coalesce(local.answered, 1))
  }
}

output "calls" {
  description = "How many calls there were in seven days."
  value       = data.bird_channel_call_summary.week.total_calls
}

output "answered" {
  description = "The share of the calls that were answered, for people."
  value       = local.answered == null ? "none decided" : format("%.1f %%", 100 * local.answered)
}
