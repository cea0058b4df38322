"""The pages of randomization."""
