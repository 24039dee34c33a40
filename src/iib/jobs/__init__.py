"""Background jobs, their progress, and the event bus."""
