"""From the arguments of a trainable's constructor to its variables; bad ones are refused."""
