"""Options that several commands share, and how their words are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

TextData = Annotated[str, typer.Option("--data", "-d", help="Name of the catalogue or folder of a text graph.")]
TripleData = Annotated[
    str | None,
    typer.Option("--data", "-d", help="Graph to answer on (default: the training graph); an inductive set's second."),
]
TextModel = Annotated[
    str | None,
    typer.Option(
        "--checkpoint", "-c", help="`default`, or the model.ckpt or folder of a pretraining; adds the model's rows."
    ),
]
LinkCheckpoint = Annotated[
    str,
    typer.Option(
        "--checkpoint",
        "-c",
        help="`default`, ultra-3g, ultra-4g or ultra-50g, for any graph with no training; or the model.ckpt or folder of a run.",
    ),
]
EncoderName = Annotated[
    str | None,
    typer.Option(
        help="Text encoder: minilm (default), minilm:bf16, lsa, a hub id or a model folder; a checkpoint brings its own."
    ),
]
Accelerator = Annotated[str, typer.Option(help="auto, cpu or gpu.")]
Devices = Annotated[int, typer.Option(min=1, help="Processes on this machine.")]
Nodes = Annotated[int, typer.Option(min=1, help="Machines.")]
Strategy = Annotated[str, typer.Option(help="Of Lightning: auto, ddp, ...")]
LoggerOption = Annotated[
    Literal["csv", "tensorboard", "wandb", "mlflow"],
    typer.Option(help="Where the log goes beside the run's own CSV file; each needs its extra."),
]
Config = Annotated[Path | None, typer.Option(help="YAML file with any setting, one a line; options given here win.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any other setting, as name=value; several may follow: --set name=value name=value."),
]
Top = Annotated[int, typer.Option(min=1, help="Classes to name for each node.")]
Abstain = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Probability below which a node is given `none of these`.")
]
Chunks = Annotated[
    bool, typer.Option("--chunks", help="Read texts longer than the encoder reads in pieces, and average them.")
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result as JSON.")]


class Command(TyperCommand):
    """A command whose options of several values take them as words: ``--data a b`` for ``--data a --data b``; a word that belongs
    to no option is refused with the option it may have been meant for.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        several = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        words = list(repeated(args, several))
        self._refuse_bare(ctx, words)
        return super().parse_args(ctx, words)

    def _refuse_bare(self, ctx: Any, words: list[str]) -> None:
        given, bare, _ = self.make_parser(ctx).parse_args(list(words))
        asked = self.get_help_option(ctx)  # under which name it is kept differs from one click to the next
        helped = asked is not None and asked.name in given
        if not bare or helped or any(param.param_type_name == "argument" for param in self.params):
            return
        absent = [param for param in self.params if param.name not in given]
        meant = [param.opts[0] for param in absent if param.required] + [
            o for p in absent for o in p.opts if o == "--data"
        ]
        hint = f"Did you mean {meant[0]} {bare[0]}?" if meant else "Every value follows the name of its option."
        place = words.index(bare[0])
        if place and not words[place - 1].startswith("-"):
            hint += " A value of several words stands in quotes."
        ctx.fail(f"Got the word {bare[0]!r}, which belongs to no option. {hint}")


def repeated(words: Sequence[str], several: Collection[str]) -> Iterator[str]:
    """The words of a command line with each of `several` options repeated before every value that follows it.

    >>> list(repeated(["--data", "a", "b", "--out", "c"], ["--data"]))
    ['--data', 'a', '--data', 'b', '--out', 'c']
    """
    option, values = "", 0
    for word in words:
        if word.startswith("-"):
            name, equals, _ = word.partition("=")
            option, values = name if name in several else "", 1 if equals else 0
        elif option:
            if values:
                yield option
            values += 1
        yield word
