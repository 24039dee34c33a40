"""Plans of file operations: every source, target, sidecar and conflict, before anything is changed."""
