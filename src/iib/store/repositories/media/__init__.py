"""Repositories of media, folders, roots, the full-text index and duplicates."""
