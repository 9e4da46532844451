terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

variable "workspace_id" {
  description = "The workspace that holds the channels."
  type        = string
}

variable "platform" {
  description = "The platform_id of the workspace's voice channels."
  type        = string
}
