variable "answered" {
  description = "Percent of the calls that should be answered."
  type        = number
  default     = 50
}

data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h") # seven days

  lifecycle {
    postcondition {
      condition     = self.total_calls > 0
      error_message = "There was no call in a week: is the line dead?"
    }
  }
}

check "answered" {
  assert {
    condition     = coalesce(data.bird_channel_call_summary.week.answer_seizure_ratio, 1) >= var.answered / 100
    error_message = "Fewer than ${var.answered} % of the calls of a week were answered."
  }
}
