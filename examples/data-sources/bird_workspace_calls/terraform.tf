terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

variable "workspace_id" {
  description = "The workspace whose calls to read."
  type        = string
}

variable "channel_ids" {
  description = "The voice channels whose calls to read, or null for all of them."
  type        = list(string)
  default     = null
}
