"""Readers of single aspects of a graph: samplers, conditioning, models, LoRAs, sizes, output."""
