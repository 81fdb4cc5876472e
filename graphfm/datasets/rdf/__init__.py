"""RDF as it is: N-Triples and N-Quads alone, Turtle, TriG, RDF/XML, OWL and JSON-LD through pyoxigraph."""
