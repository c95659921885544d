"""Drift, the gain and cost of acting on it, and when that is worth a reminder."""
