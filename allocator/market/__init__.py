"""What we believe about markets: assumptions, covariance, history."""
