"""Answering queries: pages, result sets, random picks."""
