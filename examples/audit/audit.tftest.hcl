# Reads the fake server's calls of the last weeks. Each run expects what breaks the
# rules that it names, and no others.

run "every_rule_holds" {
  variables {
    expect = {
      answered      = 0
      service_level = 0
      failed        = 100
      poor_sound    = 100
      lines         = 1000
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
    expect = { answered = 101 }
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
      answered      = 0
      service_level = 101
      failed        = 0
      poor_sound    = 0
      lines         = 0
    }
  }

  expect_failures = [check.service_level, check.failed_calls, check.sound, check.lines]
}
