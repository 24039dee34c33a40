"""Living inside another application."""
