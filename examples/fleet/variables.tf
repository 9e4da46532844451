variable "platform" {
  description = "The platform_id of voice channels."
  type        = string
  default     = "voice-messagebird"
}

variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "days" {
  description = "How many days to read."
  type        = number
  default     = 28
}
