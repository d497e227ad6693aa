"""The bases of generated classes: what a trainable is beside its TFP class."""
