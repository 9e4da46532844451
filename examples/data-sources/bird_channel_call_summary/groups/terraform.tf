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

variable "channel_id" {
  description = "The voice channel whose calls to read."
  type        = string
}
