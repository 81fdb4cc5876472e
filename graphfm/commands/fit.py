"""`graphfm fit`, `validate`, `test` and `predict`: Lightning's own command line, with configs of its own dialect."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphfm.commands.given import refuse_flat

HELP = """{what} with a Lightning config of trainer, data and model: `graphfm {name} --config configs/lightning/pretrain.yaml`.

Any value of the config may be given as an option: `--data.data '\\[cora]' --model.lr 1e-3 --trainer.max_epochs 3`.

`graphfm {name} --help-all` lists all options of the trainer; `--model.help CLASS` and `--data.help CLASS` those of a
class: Pretraining with Corpora, KGETraining or PathTraining with LinkData.

A signal stops `fit` with a checkpoint, which `--ckpt_path` goes on from.

For a run with defaults, resumed by the same command, take `graphfm pretrain` and `graphfm link-prediction`.
"""
#: Each of Lightning's commands and its help, which is shown without importing Lightning.
LIGHTNING_COMMANDS = {
    name: HELP.format(name=name, what=name.capitalize()) for name in ("fit", "validate", "test", "predict")
}
HELP_OPTIONS = ("-h", "--help")


def is_for_lightning(words: Sequence[str]) -> bool:
    """Whether a command line, without its first word, goes to Lightning: its commands do, less a call for help."""
    return bool(words) and words[0] in LIGHTNING_COMMANDS and not set(words[1:]) & set(HELP_OPTIONS)


def run() -> None:
    """Hand the command line to Lightning.

    Raises:
        DataError: a config that is no file, or one for another command.
    """
    for config in configs(sys.argv[1:]):
        refuse_flat(config)

    from graphfm.training.lightning_cli import main

    sys.argv = ["--help" if word == "--help-all" else word for word in sys.argv]
    main()


def configs(words: Sequence[str]) -> Iterator[Path]:
    """The files that a command line names by ``--config``.

    >>> [path.name for path in configs(["fit", "--config", "a.yaml", "--config=b.yaml"])]
    ['a.yaml', 'b.yaml']
    """
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("--config", "-c") and following:
            yield Path(following)
        elif word.startswith("--config="):
            yield Path(word.removeprefix("--config="))
