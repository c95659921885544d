"""People: answers, facts, profiles, suitability, and the mandate they lead to."""
