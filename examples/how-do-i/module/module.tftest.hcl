mock_provider "bird" {}

variables {
  workspace_id = "a1b7c9d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
  channel_ids = {
    sales   = "a739d30b-8171-471c-9df4-591d4dd7bee5"
    support = "00000000-0000-4000-8000-000000000000"
  }
}

run "each_channel_has_a_share" {
  override_module {
    target = module.channel
    outputs = {
      answered = 0.75
    }
  }

  assert {
    condition     = output.answered["sales"] == 0.75 && output.answered["support"] == 0.75
    error_message = "The shares are ${jsonencode(output.answered)}."
  }
}
