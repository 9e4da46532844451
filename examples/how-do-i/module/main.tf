variable "channel_ids" {
  description = "The voice channels to watch, each under a name, such as { sales = \"a739d30b-8171-471c-9df4-591d4dd7bee5\" }, or null for all active ones."
  type        = map(string)
  default     = null
}

variable "answered" {
  description = "Percent of the calls that should be answered where it is not 50, under the names (or the ids, without channel_ids) of the channels, such as { sales = 80 }."
  type        = map(number)
  default     = {}
}

variable "platform" {
  description = "The platform_id of voice channels."
  type        = string
  default     = "voice-messagebird"
}

data "bird_channels" "voice" {
  count = var.channel_ids == null ? 1 : 0

  workspace_id = var.workspace_id
  platform     = var.platform
  status       = "active"
}

module "channel" {
  source   = "./channel"
  for_each = var.channel_ids != null ? var.channel_ids : { for channel in data.bird_channels.voice[0].channels : channel.id => channel.id }

  workspace_id = var.workspace_id
  channel_id   = each.value
  answered     = lookup(var.answered, each.key, 50)
}

output "answered" {
  description = "The share of answered calls of each channel, or null."
  value       = { for name, channel in module.channel : name => channel.answered }
}
