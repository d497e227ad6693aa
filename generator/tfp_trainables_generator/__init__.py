"""Compiles TensorFlow Probability's classes into typed, trainable ones.

Phases, each a module: `discover`, `read` (with `supplements`, what TFP does not say),
`render`, `output`; `compiler` is the line of them. Between reading and rendering stands
the immutable `spec`.
"""
