variable "year" {
  description = "The year to read, such as 2024, or null for this year."
  type        = number
  default     = null
}
