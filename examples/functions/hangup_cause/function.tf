terraform {
  required_providers {
    bird = {
      source = "birdvoice/bird"
    }
  }
}

output "cause" {
  description = "Normal call clearing."
  value       = provider::bird::hangup_cause(16)
}

# A code without a name returns null.
output "causes" {
  description = "The names of some codes."
  value       = { for code in [17, 34, 10] : code => coalesce(provider::bird::hangup_cause(code), "Cause ${code}") }
}
