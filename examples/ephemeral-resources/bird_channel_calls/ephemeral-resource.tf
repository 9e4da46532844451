variable "premium_rate" {
  description = "How numbers begin that nobody may call, in international form."
  type        = set(string)
  default     = ["+31900", "+31906", "+31909"]

  validation {
    condition     = alltrue([for prefix in var.premium_rate : provider::bird::e164(prefix) != null])
    error_message = "Write each beginning of a number with +, such as +31900."
  }
}

ephemeral "bird_channel_calls" "outgoing" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-24h")
  direction    = "outgoing"
  attributes   = ["to"]
}

locals {
  # In one form, with +. Addresses that are no phone number are left out.
  called       = compact([for call in ephemeral.bird_channel_calls.outgoing.calls : provider::bird::e164(call.to)])
  premium_rate = [for prefix in var.premium_rate : provider::bird::e164(prefix)]
}

output "not_called" {
  description = "How numbers begin that nobody called in the last day. There is no plan where somebody did."
  value       = var.premium_rate

  precondition {
    condition     = !anytrue([for number in local.called : anytrue([for prefix in local.premium_rate : startswith(number, prefix)])])
    error_message = "Somebody called a premium-rate number in the last day."
  }
}
