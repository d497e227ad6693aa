"""Takes an object apart into a tree and leaves, and puts it together again.

The lowest folder: programs, copies, pickles and type specs stand on it, and it on none of them.
"""
