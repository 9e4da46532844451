data "bird_channel_call_summary" "countries" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-672h") # four weeks
  direction    = "outgoing"                        # the receiver of an incoming call is you
  group_by     = ["receiver_country"]
  sort_by      = "total_calls" # largest first
}

locals {
  countries = data.bird_channel_call_summary.countries.groups
}

output "most_called_countries" {
  description = "The ten countries that were called most, by outgoing calls."
  value = [for group in slice(local.countries, 0, min(10, length(local.countries))) : {
    country = coalesce(group.receiver_country, "unknown")
    calls   = group.total_calls
  }]
}
