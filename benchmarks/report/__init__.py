"""What every benchmark prints beside its table."""
