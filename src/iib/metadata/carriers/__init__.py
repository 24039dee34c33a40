"""Extracts metadata entries from media files; one module per container format."""
