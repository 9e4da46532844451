output "one_form" {
  description = "The same number three times: +31201234567."
  value       = [for number in ["+31201234567", "31201234567", "+31 (20) 123-4567"] : provider::bird::e164(number)]
}

# Whatever is no number is null, which compact leaves out.
output "numbers" {
  description = "+31201234567 alone."
  value       = compact([for caller in ["client:0190f6a5-5f4e-7d3c-8b2a-1f0e9d8c7b6a", "anonymous", "31201234567"] : provider::bird::e164(caller)])
}

# Do not compare call.to itself: the number may be stored without +.
output "is_dutch" {
  description = "True: the number begins with the country code of the Netherlands."
  value       = startswith(provider::bird::e164("31201234567"), "+31")
}
