"""Kinds, probing, thumbnails and covers of media files."""
