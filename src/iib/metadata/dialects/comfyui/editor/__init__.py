"""The editor form of a ComfyUI graph, converted into the form that runs."""
