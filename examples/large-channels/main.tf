locals {
  # Bounds that stay, so that each plan reads the same windows.
  months = { for month in range(1, 13) : format("%d-%02d", var.year, month) => {
    start_at = format("%d-%02d-01T00:00:00Z", var.year, month)
    end_at   = format("%d-%02d-01T00:00:00Z", month == 12 ? var.year + 1 : var.year, month % 12 + 1)
  } }
}

data "bird_channel_calls" "month" {
  for_each = local.months

  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = each.value.start_at
  end_at       = each.value.end_at
  max_calls    = 100000
  attributes   = ["created_at", "status", "duration"]

  timeouts {
    read = "20m"
  }
}

output "calls_by_month" {
  description = "How many calls each month has."
  value       = { for month, read in data.bird_channel_calls.month : month => length(read.calls) }
}

output "calls" {
  description = "How many calls the year has. One at midnight between two months may be in both."
  value       = length(distinct(flatten([for read in data.bird_channel_calls.month : read.calls[*].id])))
}
