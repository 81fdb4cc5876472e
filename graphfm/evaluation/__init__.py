"""What a model is worth: the jobs that judge, each row beside its baselines. Nothing is trained here, nothing drawn."""
