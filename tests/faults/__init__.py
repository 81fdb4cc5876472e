"""Faults on purpose: kills, failing writes, malformed and hostile inputs. Small in CI, larger by ``python -m tests.faults``."""
