"""Where generation metadata hides in a file; one module per container."""
