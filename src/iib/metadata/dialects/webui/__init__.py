"""Interprets Stable Diffusion WebUI and its family: the infotext format and its dialect."""
