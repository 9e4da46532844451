data "bird_channel_calls" "incoming" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-720h") # 30 days
  direction    = "incoming"
  attributes   = ["from", "originator"]

  # The key comes from BIRD_PSEUDONYM_KEY.
  personal_data = "pseudonymize"
}

locals {
  # All anonymous callers may have the same number.
  known = [for call in data.bird_channel_calls.incoming.calls : call
    if call.from != null && try(call.originator.number.anonymous, null) != true
  ]
}

output "repeat_callers" {
  description = "How often each of those called who called more than once: a token stands for the number."
  value = { for caller, ids in {
    for call in local.known : call.from => call.id...
  } : caller => length(ids) if length(ids) > 1 }
}
