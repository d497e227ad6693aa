"""What tests of generated classes stand on, a user's own included: cases, oracles, comparisons."""
