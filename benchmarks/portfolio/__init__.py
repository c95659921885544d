"""Behind `optimizer.py` and `absurd.py`: random problems, what libraries say, and the truth."""
