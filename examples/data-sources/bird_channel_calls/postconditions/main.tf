variable "countries" {
  description = "The countries that may be called, and \"unknown\" where a number without a country may be."
  type        = set(string)
  default     = ["NL", "BE"]
}

data "bird_channel_calls" "outgoing" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
  start_at     = timeadd(plantimestamp(), "-24h")
  direction    = "outgoing"
  attributes   = ["receiver"]

  lifecycle {
    postcondition {
      condition     = length(self.calls) > 0
      error_message = "Nobody was called in a day: is the line dead?"
    }

    postcondition {
      condition = alltrue([for call in self.calls :
        contains(var.countries, coalesce(try(call.receiver.number.country_iso_code, null), "unknown"))
      ])
      error_message = "Calls went to countries outside of ${join(", ", var.countries)}."
    }
  }
}

output "audited_calls" {
  description = "How many calls keep the rules."
  value       = length(data.bird_channel_calls.outgoing.calls)
}
