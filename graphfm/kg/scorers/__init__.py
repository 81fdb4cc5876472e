"""Scores of triples, one formula a file: `score(h, r, t) = match(query(h, r), t)`."""
