variable "channel_ids" {
  description = "The voice channels whose calls to read, each under a name, such as { sales = \"a739d30b-8171-471c-9df4-591d4dd7bee5\" }."
  type        = map(string)
}

data "bird_channel_calls" "each" {
  for_each = var.channel_ids

  workspace_id = var.workspace_id
  channel_id   = each.value
  start_at     = timeadd(plantimestamp(), "-720h") # 30 days
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
