"""What every training shares: a run folder that is claimed once, checkpoints that survive, signals, logs, going on."""
