locals {
  year = coalesce(var.year, formatdate("YYYY", plantimestamp()))

  # The first of each month, and of the next January. These bounds stay, so that
  # each plan reads the same windows.
  firsts = [for month in range(13) : format("%d-%02d-01T00:00:00Z", local.year + floor(month / 12), month % 12 + 1)]
  months = { for month in range(12) : substr(local.firsts[month], 0, 7) => {
    start_at = local.firsts[month]
    end_at   = local.firsts[month + 1]
  } if timecmp(local.firsts[month], plantimestamp()) < 0 }
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
