data "bird_channel_call_summary" "countries" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-672h") # four weeks
  direction    = "outgoing"
  group_by     = ["receiver_country"]
}

locals {
  calls = { for group in data.bird_channel_call_summary.countries.groups :
    coalesce(group.receiver_country, "unknown") => group.total_calls
  }
  # Terraform sorts text, so the numbers need the same width.
  ranked = reverse(sort([for country, calls in local.calls : format("%012d %s", calls, country)]))
}

output "most_called_countries" {
  description = "The ten countries that were called most."
  value = [for line in slice(local.ranked, 0, min(10, length(local.ranked))) : {
    country = split(" ", line)[1]
    calls   = local.calls[split(" ", line)[1]]
  }]
}
