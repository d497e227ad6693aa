"""From a call of a method to what runs it: which call it is, and of which structure."""
