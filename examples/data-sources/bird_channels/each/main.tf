variable "platform" {
  description = "The platform_id of voice channels."
  type        = string
  default     = "voice-messagebird"
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform
  status       = "active"
}

# Names may be shared, ids are not.
data "bird_channel_call_summary" "each" {
  for_each = { for channel in data.bird_channels.voice.channels : channel.id => channel }

  workspace_id = var.workspace_id
  channel_id   = each.key
  start_at     = timeadd(plantimestamp(), "-720h") # 30 days
}

output "calls_by_channel" {
  description = "How many calls each active voice channel had."
  value = { for channel in data.bird_channels.voice.channels :
    "${coalesce(channel.name, "-")} (${channel.id})" => data.bird_channel_call_summary.each[channel.id].total_calls
  }
}
