variable "year" {
  description = "The year to read, such as 2024."
  type        = number
}
