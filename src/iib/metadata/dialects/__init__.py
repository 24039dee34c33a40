"""What generation metadata means; one module per tool."""
