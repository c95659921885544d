"""One repository an aggregate. What returns a client's data takes the caller first."""
