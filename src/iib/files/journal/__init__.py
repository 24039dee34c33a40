"""Execution of plans: a durable journal first, then the disk, then the rows of the database."""
