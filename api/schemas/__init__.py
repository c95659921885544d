"""Shapes of what comes in and goes out, and nothing else: no rules, no store."""
