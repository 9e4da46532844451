variable "bird_access_key" {
  description = "An access key of the workspace."
  type        = string
  sensitive   = true
}

provider "bird" {
  access_key              = var.bird_access_key
  max_requests_per_second = 20 # the rest is for other programs
}
