"""The engine that needs no service and no download: TF-IDF and a truncated SVD over the library's own prompts."""
