variable "channel_ids" {
  description = "The voice channels whose calls to read, each under a name."
  type        = map(string)
}

data "bird_channel_calls" "each" {
  for_each = var.channel_ids

  workspace_id = var.workspace_id
  channel_id   = each.value
  start_at     = "2024-02-01T00:00:00Z"
  end_at       = "2024-03-01T00:00:00Z"
  attributes   = ["duration"]
}

output "calls_by_channel" {
  description = "How many calls each channel had."
  value       = { for name, channel in data.bird_channel_calls.each : name => length(channel.calls) }
}

output "longest_call" {
  description = "Seconds of the longest call of all channels."
  value = max(0, flatten([for channel in data.bird_channel_calls.each :
    [for call in channel.calls : call.duration if call.duration != null]
  ])...)
}
