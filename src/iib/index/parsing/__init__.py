"""Parse workers: child processes that read metadata, their pool and their wire format."""
