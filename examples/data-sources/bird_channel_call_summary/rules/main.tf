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

check "answered" {
  assert {
    condition     = coalesce(data.bird_channel_call_summary.week.answer_seizure_ratio, 1) >= 0.6
    error_message = "Fewer than 60 % of the calls of a week were answered."
  }
}
