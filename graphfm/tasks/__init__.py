"""The jobs: data modules, training and evaluation. The only rooms, with the command line, that import Lightning."""
