"""From the settings of a project to a `Compilation` of its own classes."""
