"""From a call of a method to the program that runs it, shared by all objects of a structure."""
