"""A rehearsal of the trial: synthetic subjects walked through the real actions, for demonstration and tests."""
