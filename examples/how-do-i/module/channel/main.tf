# Without this block, Terraform takes the provider for hashicorp/bird.
terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

variable "workspace_id" {
  type = string
}

variable "channel_id" {
  type = string
}

variable "answered" {
  description = "Percent of the calls that should be answered."
  type        = number
}

data "bird_channel_call_summary" "week" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-168h")
}

check "answered" {
  assert {
    condition     = coalesce(data.bird_channel_call_summary.week.answer_seizure_ratio, 1) >= var.answered / 100
    error_message = "Fewer than ${var.answered} % of the calls of channel ${var.channel_id} were answered."
  }
}

output "answered" {
  value = data.bird_channel_call_summary.week.answer_seizure_ratio
}
