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

variable "channel_ids" {
  description = "The voice channels, each under a name."
  type        = map(string)
}

variable "days" {
  description = "How many days back to read."
  type        = number
  default     = 30
}
