"""Money, markets and weights. No people, no clock, no network."""
