"""Repositories of what people create: custom tags, ratings, albums, and the change log behind undo."""
