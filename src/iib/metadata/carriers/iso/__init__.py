"""Parts of ISO base media files: boxes, still-image items, and the movie header."""
