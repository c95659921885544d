"""What weights follow from a mandate and a market model; the only place that imports cvxpy."""
