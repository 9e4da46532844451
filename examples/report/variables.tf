variable "title" {
  description = "The heading of the report."
  type        = string
  default     = "Voice calls"
}

variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today."
  type        = string
  default     = null
}

variable "days" {
  description = "How many days to report on: four weeks have each weekday as often."
  type        = number
  default     = 28

  validation {
    condition     = var.days >= 1 && var.days <= 366 && floor(var.days) == var.days
    error_message = "A report is of 1 to 366 whole days."
  }
}

variable "time_zone" {
  description = "Where days begin and hours are, such as Europe/Amsterdam."
  type        = string
  default     = "UTC"
}
