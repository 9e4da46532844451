variable "channel_ids" {
  description = "The voice channels to watch, each under a name, such as { sales = \"a739d30b-8171-471c-9df4-591d4dd7bee5\" }, or null for all active ones."
  type        = map(string)
  default     = null
}

data "bird_channels" "voice" {
  workspace_id = var.workspace_id
  platform     = "voice-messagebird"
  status       = "active"
}

module "channel" {
  source   = "./channel"
  for_each = var.channel_ids != null ? var.channel_ids : { for channel in data.bird_channels.voice.channels : channel.id => channel.id }

  workspace_id = var.workspace_id
  channel_id   = each.value
  answered     = each.key == "sales" ? 80 : 50
}

output "answered" {
  description = "The share of answered calls of each channel, or null."
  value       = { for name, channel in module.channel : name => channel.answered }
}
