terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

# The credential comes from the environment variable BIRD_TOKEN or BIRD_ACCESS_KEY.
provider "bird" {}

variable "workspace_id" {
  description = "The workspace to read. The settings at app.bird.com show its id."
  type        = string
}

variable "channel_id" {
  description = "The voice channel to read, or null in a configuration that reads no single channel."
  type        = string
  default     = null
}
