terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

variable "workspace_id" {
  description = "The workspace whose channels to read. The settings at app.bird.com show its id."
  type        = string
}
