"""Text graphs: the graph, its folder and tables, conversions and imports."""
