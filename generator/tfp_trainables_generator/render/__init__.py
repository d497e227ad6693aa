"""Fourth phase: from specs to the text of every file, all of it in memory.

Decides nothing about the classes: it prints ready expressions through the templates.
"""
