"""The diagnosis: four dimension scores, one index, and what is to be said about it."""
