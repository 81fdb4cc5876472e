"""Training, and nothing else: data modules, Lightning modules, runs in folders. The only room that imports Lightning."""
