"""File operations that lose nothing: planned, journalled, applied, undoable."""
