"""The compiler's view of TFP: immutable facts, and how they are printed.

Nothing here holds an object of TFP. Every class states what must be true of it.
"""
