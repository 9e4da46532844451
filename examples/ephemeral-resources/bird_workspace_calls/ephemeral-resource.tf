variable "most_calls" {
  description = "How often one number may be called in a day."
  type        = number
  default     = 10
}

ephemeral "bird_workspace_calls" "outgoing" {
  workspace_id = var.workspace_id
  start_at     = timeadd(plantimestamp(), "-24h")
  direction    = "outgoing"
  attributes   = ["to"]
}

locals {
  # Numbers in one form: with and without + is the same number.
  calls_by_number = { for call in ephemeral.bird_workspace_calls.outgoing.calls :
    coalesce(provider::bird::e164(call.to), call.to, "-") => call.id...
  }
}

check "nobody_is_pestered" {
  assert {
    condition     = alltrue([for ids in values(local.calls_by_number) : length(ids) <= var.most_calls])
    error_message = "A number was called more than ${var.most_calls} times in a day."
  }
}
