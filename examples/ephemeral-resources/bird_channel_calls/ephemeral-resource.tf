variable "premium_rate" {
  description = "How numbers begin that nobody may call."
  type        = set(string)
  default     = ["31900", "31906", "31909"]
}

ephemeral "bird_channel_calls" "outgoing" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-24h")
  direction    = "outgoing"
  attributes   = ["to"]
}

locals {
  premium_rate_calls = [for call in ephemeral.bird_channel_calls.outgoing.calls : call.id
    if anytrue([for prefix in var.premium_rate : startswith(call.to, prefix)])
  ]
}

output "not_called" {
  description = "How numbers begin that nobody called in the last day. There is no plan where somebody did."
  value       = var.premium_rate

  precondition {
    condition     = length(local.premium_rate_calls) == 0
    error_message = "Somebody called a premium-rate number in the last day."
  }
}
