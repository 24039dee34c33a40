"""HTTP clients of AI services. No other module sends requests to them."""
