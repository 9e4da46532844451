variable "channel_ids" {
  description = "The voice channels whose calls to read, or null for all of them."
  type        = list(string)
  default     = null
}

data "bird_workspace_calls" "week" {
  workspace_id = var.workspace_id
  channel_ids  = var.channel_ids
  start_at     = timeadd(plantimestamp(), "-168h") # seven days
  attributes   = ["channel_id", "duration"]
}

output "long_calls" {
  description = "The calls of more than five minutes, oldest first."
  value = [for call in data.bird_workspace_calls.week.calls : {
    id         = call.id
    channel_id = call.channel_id
    seconds    = call.duration
  } if coalesce(call.duration, 0) > 300]
}
