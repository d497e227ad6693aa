"""From specs to the manifest, which tells what became of every class, and from that to a table."""
