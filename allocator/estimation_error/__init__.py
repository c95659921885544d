"""What not knowing the market costs: ways to estimate it, measured where the truth is known."""
