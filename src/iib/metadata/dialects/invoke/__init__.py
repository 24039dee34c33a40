"""InvokeAI: its three metadata generations and its node graphs."""
