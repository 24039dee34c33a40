"""Tables of the database, by topic."""
