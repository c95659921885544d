"""Use cases: one a module, no Flask, no SQL."""
