variable "platform" {
  description = "The platform_id of the workspace's voice channels."
  type        = string
}

variable "channel_name" {
  description = "The name of the voice channel whose calls to read."
  type        = string
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = var.platform
}

locals {
  named = [for channel in data.bird_channels.voice.channels : channel.id if channel.name == var.channel_name]
}

data "bird_channel_calls" "last_seven_days" {
  workspace_id = var.workspace_id
  channel_id   = one(local.named)
  start_at     = timeadd(plantimestamp(), "-168h")
  attributes   = ["created_at"]

  lifecycle {
    precondition {
      condition     = length(local.named) == 1
      error_message = "${length(local.named)} channels are named ${var.channel_name}; exactly one is needed."
    }
  }
}

output "calls_by_day" {
  description = "How many calls there were on each day, in UTC."
  value = { for day, ids in {
    for call in data.bird_channel_calls.last_seven_days.calls : substr(call.created_at, 0, 10) => call.id...
  } : day => length(ids) }
}
