terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

output "status" {
  description = "Busy Here."
  value       = provider::bird::sip_status("486")
}

# A code without a name returns null.
output "statuses" {
  description = "The names of some codes."
  value       = { for code in ["200", "503", "299"] : code => coalesce(provider::bird::sip_status(code), "Status ${code}") }
}
