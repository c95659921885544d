"""Evidence that a questionnaire measures: statistics of answers, simulated or given."""
