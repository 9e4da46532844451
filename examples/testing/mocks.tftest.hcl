# Reads nothing: each statistic has the value that the test sets.
mock_provider "bird" {
  mock_data "bird_channel_call_summary" {
    defaults = {
      total_calls          = 200
      answer_seizure_ratio = 0.755
    }
  }
}

variables {
  workspace_id = "a1b7c9d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
  channel_id   = "a739d30b-8171-471c-9df4-591d4dd7bee5"
}

run "most_calls_are_answered" {
  assert {
    condition     = output.calls == 200 && output.answered == "75.5 %"
    error_message = "The outputs are ${output.calls} and ${output.answered}."
  }
}

run "few_calls_are_answered" {
  override_data {
    target = data.bird_channel_call_summary.week
    values = {
      total_calls          = 200
      answer_seizure_ratio = 0.12
    }
  }

  expect_failures = [check.answered]
}

run "no_call_is_decided" {
  override_data {
    target = data.bird_channel_call_summary.week
    values = {
      total_calls          = 2
      answer_seizure_ratio = null
    }
  }

  assert {
    condition     = output.answered == "none decided"
    error_message = "The output is ${output.answered}."
  }
}

# A rule that stops fails while planning.
run "there_are_no_calls" {
  command = plan

  override_data {
    target = data.bird_channel_call_summary.week
    values = {
      total_calls          = 0
      answer_seizure_ratio = null
    }
  }

  expect_failures = [data.bird_channel_call_summary.week]
}
