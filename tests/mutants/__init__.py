"""Mistakes put into the source on purpose, one at a time: do the tests see them?

`python -m mutants MODULE ...` (with this folder's parent on the path), or `make mutants`.
"""
