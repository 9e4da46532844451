variable "answered" {
  description = "Percent of the calls that should be answered."
  type        = number
  default     = 50
}
