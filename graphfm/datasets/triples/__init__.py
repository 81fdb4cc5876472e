"""Knowledge graphs: the triples, their folders and files, conversions and imports."""
