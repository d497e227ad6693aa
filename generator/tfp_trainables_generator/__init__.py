"""Compiles TensorFlow Probability's classes, or your own, into typed, trainable ones.

Phases, each a module: `discover` (or `own_classes`), `read` (with `supplements`, what classes
do not say), `capabilities`, `render`, `output`; `compiler` is the line of them. Between
reading and rendering stands the immutable `spec`.
"""
