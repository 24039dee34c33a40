"""Interprets the metadata of hosted services: NovelAI, Midjourney, Hugging Face Spaces, Tensor.Art."""
