output "cause" {
  description = "Normal call clearing."
  value       = provider::bird::hangup_cause(16)
}

# The keys of by_hangup_cause_code are texts. Q.850 does not assign 10.
output "causes" {
  description = "User busy, No circuit/channel available, Cause 10."
  value       = [for code in ["17", "34", "10"] : provider::bird::hangup_cause(code)]
}
