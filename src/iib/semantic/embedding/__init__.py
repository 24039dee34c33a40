"""Embeddings of prompts: models, their registry and calibration, stored vectors, and the embedding job."""
