"""Lightning's own command line over graphfm's tasks: every constructor argument is an option, every class path a plug."""

from __future__ import annotations

import logging
from typing import Any

from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

from graphfm.tasks.corpora import Corpora
from graphfm.tasks.pretraining import Pretraining


class GraphCLI(LightningCLI):
    """Sizes flow from data to model; training is clipped and stops unless a config says otherwise."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.link_arguments("data.text_dim", "model.text_dim", apply_on="instantiate")
        parser.set_defaults({"trainer.gradient_clip_val": 1.0, "trainer.max_epochs": 10})


def main(args: list[str] | None = None) -> Any:
    """Run ``fit | validate | test | predict`` with `args`; the task is pretraining."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    return GraphCLI(
        Pretraining,
        Corpora,
        seed_everything_default=0,
        args=args,
    )
