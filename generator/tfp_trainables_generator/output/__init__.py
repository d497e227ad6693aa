"""Last phase: from rendered texts to files on disk, or to how these differ."""
