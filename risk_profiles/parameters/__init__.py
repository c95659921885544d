"""Parameters of the life cycle as data, one file an edition."""
