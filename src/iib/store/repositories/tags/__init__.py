"""Repositories of tags, their links, and the posting lists of derived tags."""
