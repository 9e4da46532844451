# Reads the fake server that BIRD_BASE_URL names, through the real provider.

run "calls_are_answered" {
  assert {
    condition     = output.calls > 100 && output.answered != "no calls"
    error_message = "The outputs are ${output.calls} and ${output.answered}."
  }
}

run "too_few_calls_are_answered" {
  variables {
    answered = 99
  }

  expect_failures = [check.answered]
}

# The fake server has a channel without calls.
run "there_are_no_calls" {
  variables {
    channel_id = "00000000-0000-4000-8000-000000000000"
  }

  assert {
    condition     = output.calls == 0 && output.answered == "no calls"
    error_message = "The outputs are ${output.calls} and ${output.answered}."
  }
}
