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

  lifecycle {
    postcondition {
      condition     = length([for channel in self.channels : channel if channel.name == var.channel_name]) == 1
      error_message = "Not one channel of the platform has this name, but none or several."
    }
  }
}

data "bird_channel_calls" "last_seven_days" {
  workspace_id = var.workspace_id
  channel_id   = one([for channel in data.bird_channels.voice.channels : channel.id if channel.name == var.channel_name])
  start_at     = timeadd(plantimestamp(), "-168h")
  attributes   = ["created_at"]
}

output "calls_by_day" {
  description = "How many calls there were on each day, in UTC."
  value = { for day, ids in {
    for call in data.bird_channel_calls.last_seven_days.calls : substr(call.created_at, 0, 10) => call.id...
  } : day => length(ids) }
}
