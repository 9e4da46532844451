variable "platform" {
  description = "The platform_id of voice channels."
  type        = string
  default     = "voice-messagebird"
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform # channels for messages have no calls
  status       = "active"     # inactive channels need none
}

data "bird_workspace_call_summary" "day" {
  workspace_id = var.workspace_id
  start_at     = timeadd(plantimestamp(), "-24h")
}

locals {
  called = keys(data.bird_workspace_call_summary.day.by_channel)
  silent = [for channel in data.bird_channels.voice.channels : coalesce(channel.name, channel.id) if !contains(local.called, channel.id)]
}

check "no_channel_is_silent" {
  assert {
    condition     = length(data.bird_channels.voice.channels) > 0
    error_message = "There is no active channel of the platform ${var.platform}."
  }

  assert {
    condition     = length(local.silent) == 0
    error_message = "Channels without a call in the last day: ${join(", ", local.silent)}."
  }
}
