variable "answered" {
  description = "Percent of the calls that must be answered."
  type        = number
  default     = 40
}
