"""Converts the editor form of a ComfyUI graph into the API form."""
