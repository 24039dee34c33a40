"""One repository per resource; each is bound to the connection of one unit of work."""
