"""Classes that TFP lacks, and trainables of them."""
