"""Orders and proposals as values, and the tables of their allowed transitions."""
