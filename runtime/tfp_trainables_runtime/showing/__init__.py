"""Shows an object to people: what it is made of, and which values it has."""
