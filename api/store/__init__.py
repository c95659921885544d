"""Everything that is kept: rows, the one place that scopes them by caller, and transactions.

Domain types and rows are different classes; `mapping` joins them. Money is stored as whole minor
units, instants as UTC, documents as the exact text that was hashed.
"""
