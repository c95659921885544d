"""The shell: HTTP, SQL, clock, venue, terminal and pages."""
