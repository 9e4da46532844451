# Reads the fake server's calls of the last weeks. Each run expects what breaks the
# rules that it names, and no others.

run "every_rule_holds" {
  variables {
    expect = {
      answered           = 0
      usually_answered   = 0
      fewer_answered     = 100
      failed             = 100
      countries          = ["BE", "DE", "FR", "GB", "LU", "NL", "PT", "US"]
      lines              = 1000
      mean_opinion_score = 1
    }
  }

  assert {
    condition     = startswith(output.audit, "0 calls") == false
    error_message = "The audit is: ${output.audit}"
  }
}

# A rule that stops fails while planning, and an apply ends with its plan.
run "too_few_answered" {
  command = plan

  variables {
    expect = {
      answered = 101
    }
  }

  expect_failures = [data.bird_channel_call_summary.week]
}

run "dead_line" {
  command = plan

  variables {
    channel_id = "00000000-0000-4000-8000-000000000000" # has no calls
  }

  expect_failures = [data.bird_channel_call_summary.week]
}

# Rules that warn.
run "everything_is_worse_than_expected" {
  variables {
    expect = {
      answered           = 0
      usually_answered   = 101
      fewer_answered     = -101
      failed             = 0
      countries          = []
      lines              = 0
      mean_opinion_score = 5
    }
  }

  expect_failures = [
    check.answer_rate,
    check.week_before,
    check.failed_calls,
    check.countries,
    check.lines,
    check.sound,
  ]
}
