"""TFP's classes in formulations that graphs and XLA take; stands on no other folder."""
