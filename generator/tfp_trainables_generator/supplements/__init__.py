"""What can be said of classes beyond what they annotate, and the compiler's own tables of it."""
