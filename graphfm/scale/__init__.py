"""Work in parts: shards that any scheduler starts, and jobs on a Ray cluster. Engines that others keep do the distributing."""
