variable "platform" {
  description = "The platform_id of voice channels."
  type        = string
  default     = "voice-messagebird"
}

variable "channel" {
  description = "The voice channel whose calls to read: its name, or its phone number with +."
  type        = string
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform
}

locals {
  matching = [for channel in data.bird_channels.voice.channels : channel.id if contains([channel.name, channel.identifier], var.channel)]
}

data "bird_channel_calls" "last_seven_days" {
  workspace_id = var.workspace_id
  channel_id   = one(local.matching)
  start_at     = timeadd(plantimestamp(), "-168h")
  attributes   = ["created_at"]

  lifecycle {
    precondition {
      condition     = length(local.matching) == 1
      error_message = "${length(local.matching)} channels have this name or number; exactly one is needed. There are ${jsonencode(data.bird_channels.voice.channels[*].name)}."
    }
  }
}

output "calls_by_day" {
  description = "How many calls there were on each day, in UTC."
  value = { for day, ids in {
    for call in data.bird_channel_calls.last_seven_days.calls : substr(call.created_at, 0, 10) => call.id...
  } : day => length(ids) }
}
