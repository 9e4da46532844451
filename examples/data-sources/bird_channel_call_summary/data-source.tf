data "bird_channel_call_summary" "february" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = "2024-02-01T00:00:00Z"
  end_at       = "2024-03-01T00:00:00Z"
}

locals {
  february = data.bird_channel_call_summary.february
}

output "conversations" {
  description = "How many calls are not a leg of another one."
  value       = local.february.total_calls - local.february.child_calls
}

output "answered" {
  description = "The share of the calls that were answered, without those that are pending."
  value       = local.february.answer_seizure_ratio == null ? "no calls" : format("%.1f %%", 100 * local.february.answer_seizure_ratio)
}

output "busiest_days" {
  description = "The day with the most calls, or the days where several have as many."
  value       = [for day, calls in local.february.by_day : day if calls == max(0, values(local.february.by_day)...)]
}

output "why_calls_ended" {
  description = "How many calls ended for each cause."
  value       = { for code, calls in local.february.by_hangup_cause_code : provider::bird::hangup_cause(code) => calls }
}
