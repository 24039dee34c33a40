"""Who may do what, and which paths may be touched."""
