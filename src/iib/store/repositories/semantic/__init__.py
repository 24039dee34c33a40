"""Repositories of embeddings, clusterings and topic titles."""
