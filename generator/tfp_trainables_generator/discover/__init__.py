"""First phase: from the installed TFP to its public classes."""
