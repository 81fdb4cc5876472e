"""Scripts import one another by their bare names, as they do when run; so may their tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
