output "local" {
  description = "2024-02-28T17:54:33+01:00."
  value       = provider::bird::local_time("2024-02-28T16:54:33Z", "Europe/Amsterdam")
}

# The day on which summer time began had 23 hours.
output "day" {
  description = "The bounds of a whole day: 2024-03-31T00:00:00+01:00 and 2024-04-01T00:00:00+02:00."
  value       = [for date in ["2024-03-31", "2024-04-01"] : provider::bird::local_time(date, "Europe/Amsterdam")]
}
