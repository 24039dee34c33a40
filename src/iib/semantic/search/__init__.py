"""Search by meaning: nearest prompts, fusion with text search, and the scorer behind `similar:`."""
