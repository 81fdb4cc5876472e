"""Tables as the world writes them: one reader for both kinds of graph."""
