"""Compiles TensorFlow Probability's classes, or your own, into typed, trainable ones.

Each folder is a phase: `discover`, `read` (with `supplements`, what classes do not say), `probe`,
`render`, `output`; `pipeline` is the line of them, `own` that for classes of your own. Between the
phases stands the immutable `spec`. What was compiled, the `manifest` tells; what has changed since,
`upgrade`. All of it is called by `cli`.
"""
