terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

variable "workspace_id" {
  description = "The workspace that holds the channel."
  type        = string
}

variable "platform" {
  description = "The platform_id of the workspace's voice channels."
  type        = string
}

variable "channel_name" {
  description = "The name of the voice channel whose calls to read."
  type        = string
}
