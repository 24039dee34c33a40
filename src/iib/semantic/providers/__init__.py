"""Everything that talks to an AI service over HTTP; nothing else may."""
