"""From two manifests to what changes for the users of the classes, in words."""
