"""What a policy would have earned on a history, after costs, with intervals."""
