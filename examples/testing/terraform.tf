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
  description = "The voice channel to watch."
  type        = string
}

variable "answered" {
  description = "Percent of the calls that must be answered."
  type        = number
  default     = 40
}
