"""Behind `benchmarks/optimizer.py`: random problems, how each library states them, the truth."""
