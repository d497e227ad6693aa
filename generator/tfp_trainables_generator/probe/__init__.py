"""Third phase: from a `ClassSpec` to the same with its `Capabilities`.

The only phase, with reading, that touches TFP's objects: it builds each class and runs its methods.
"""
