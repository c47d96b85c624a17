"""Training data as a safety system: preferences, constitutions, policies."""
