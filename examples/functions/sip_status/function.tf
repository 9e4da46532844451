output "status" {
  description = "Busy Here."
  value       = provider::bird::sip_status("486")
}

# 299 is not registered.
output "statuses" {
  description = "OK, Service Unavailable, Status 299."
  value       = [for code in ["200", "503", "299"] : provider::bird::sip_status(code)]
}
