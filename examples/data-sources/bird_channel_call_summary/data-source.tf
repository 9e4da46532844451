data "bird_channel_call_summary" "month" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-720h") # 30 days
}

locals {
  month = data.bird_channel_call_summary.month
}

output "conversations" {
  description = "How many calls are not a leg of another one."
  value       = local.month.total_calls - local.month.child_calls
}

output "answered" {
  description = "The share of the calls that were answered, without those that are pending."
  value       = local.month.answer_seizure_ratio == null ? "no calls" : format("%.1f %%", 100 * local.month.answer_seizure_ratio)
}

output "busiest_days" {
  description = "The day with the most calls; several if they tie."
  value       = [for day, calls in local.month.by_day : day if calls == max(0, values(local.month.by_day)...)]
}

output "why_calls_ended" {
  description = "How many calls ended for each cause."
  value       = { for code, calls in local.month.by_hangup_cause_code : provider::bird::hangup_cause(code) => calls }
}
