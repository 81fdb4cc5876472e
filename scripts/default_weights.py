"""Pretrain the model that comes with the package on every source of the nested zero-shot study.

    python scripts/default_weights.py [--run runs/default_weights]

The settings are those of `zero_shot_nested.py` and one seed, so that nothing is chosen here. A killed run resumes. The
model is written to graphfm/weights/default.ckpt, beside its card.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from zero_shot_readings import DOMAINS, SETTINGS, SOURCES, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/default_weights"))
    options = parser.parse_args()
    from graphfm.files import replacing
    from graphfm.models.checkpoint import DEFAULT_PATH
    from graphfm.training.pretrain import pretrain

    names = [name for names in DOMAINS.values() for name in names if name in SOURCES]
    pretrain([load(name) for name in names], out=options.run, seed=0, accelerator="cpu", **SETTINGS)
    with replacing(DEFAULT_PATH) as path:
        shutil.copyfile(options.run / "model.ckpt", path)


if __name__ == "__main__":
    main()
