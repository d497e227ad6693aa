"""Programs of structures, shared by all objects of one: made, counted and run."""
