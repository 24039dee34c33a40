"""What pictures are about: embeddings of prompts, clusters with titles, search by meaning."""
