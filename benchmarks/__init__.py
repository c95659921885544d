"""Benchmarks: each prints a table and its machine, and asserts nothing."""
