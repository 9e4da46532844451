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
  description = "The voice channel to report on."
  type        = string
}

variable "title" {
  description = "The heading of the report."
  type        = string
  default     = "Voice calls"
}

variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "days" {
  description = "How many days to report on."
  type        = number
  default     = 30
}
