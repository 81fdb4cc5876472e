"""A device that is not there: what runs on it computes on the CPU, and raises where a real one would."""
