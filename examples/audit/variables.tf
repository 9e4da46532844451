variable "until" {
  description = "The day after the last one, such as 2024-03-01, or null for today. Days are those of UTC."
  type        = string
  default     = null
}

variable "expect" {
  description = "What is expected of the calls."
  type = object({
    answered           = optional(number, 50) # percent of the calls, at least; fewer stop the run
    usually_answered   = optional(number, 60) # percent of the calls, at least
    fewer_answered     = optional(number, 10) # percentage points below the week before, at most
    failed             = optional(number, 5)  # percent of the calls, at most
    countries          = optional(set(string), ["BE", "NL"])
    lines              = optional(number, 30)  # calls that are possible at once
    mean_opinion_score = optional(number, 3.5) # at least, on average
  })
  default  = {}
  nullable = false
}
