"""What a run looks like: figures, self-contained HTML pages, and the page that describes a graph before training."""
