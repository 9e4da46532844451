variable "other_workspace_id" {
  description = "Another workspace."
  type        = string
}

variable "other_access_key" {
  description = "An access key of the other workspace."
  type        = string
  sensitive   = true
}

provider "bird" {
  alias      = "other"
  access_key = var.other_access_key
}

data "bird_workspace_call_summary" "one" {
  workspace_id = var.workspace_id
}

data "bird_workspace_call_summary" "other" {
  provider     = bird.other
  workspace_id = var.other_workspace_id
}

output "calls" {
  description = "How many calls the two workspaces have together."
  value       = data.bird_workspace_call_summary.one.total_calls + data.bird_workspace_call_summary.other.total_calls
}
