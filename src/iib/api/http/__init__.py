"""HTTP rules that do not depend on a resource: middleware, error statuses, byte ranges, concurrency limits."""
