"""Reads the parts of ISO base media files: boxes, items of still images, and the movie header."""
