data "bird_channel_calls" "incoming" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = "2024-02-01T00:00:00Z"
  end_at       = "2024-03-01T00:00:00Z"
  direction    = "incoming"
  attributes   = ["from"]

  # The key comes from BIRD_PSEUDONYM_KEY.
  personal_data = "pseudonymize"
}

output "repeat_callers" {
  description = "How often each of those called who called more than once: a token stands for the number."
  value = { for caller, ids in {
    for call in data.bird_channel_calls.incoming.calls : call.from => call.id...
  } : caller => length(ids) if length(ids) > 1 }
}
