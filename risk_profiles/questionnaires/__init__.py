"""Questionnaires as data, one file a version."""
