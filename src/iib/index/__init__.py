"""Bringing the store in line with the files on disk."""
