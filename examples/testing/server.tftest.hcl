# Reads the fake server's calls through the real provider.

run "calls_are_answered" {
  assert {
    condition     = output.calls > 100 && output.answered != "none decided"
    error_message = "The outputs are ${output.calls} and ${output.answered}."
  }
}

# A rule that warns.
run "too_few_calls_are_answered" {
  variables {
    answered = 99
  }

  expect_failures = [check.answered]
}

# A rule that stops fails while planning.
run "there_are_no_calls" {
  command = plan

  variables {
    channel_id = "00000000-0000-4000-8000-000000000000" # has no calls
  }

  expect_failures = [data.bird_channel_call_summary.week]
}
