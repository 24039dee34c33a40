"""HTTP concerns of every request: middleware, errors, ranges, concurrency limits."""
