"""Models that follow paths: the reasoner, its frontier, its mixtures of lengths and of pruning experts."""
