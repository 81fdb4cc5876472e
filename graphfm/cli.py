"""The command line: names, options and help. Heavy imports wait inside the commands, so that `--help` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfm.commands.cached import cache_app
from graphfm.commands.classify import classify
from graphfm.commands.complete import complete
from graphfm.commands.datasets import datasets_app
from graphfm.commands.doctor import doctor
from graphfm.commands.embed_graph import embed_graph
from graphfm.commands.evaluate import evaluate
from graphfm.commands.explain import explain
from graphfm.commands.export import export
from graphfm.commands.few_shot import few_shot
from graphfm.commands.fit import LIGHTNING_COMMANDS
from graphfm.commands.inspect import inspect
from graphfm.commands.link_prediction import link_prediction
from graphfm.commands.link_text import link_text
from graphfm.commands.models import models_app
from graphfm.commands.options import Command
from graphfm.commands.overlap import overlap
from graphfm.commands.pretrain import pretrain
from graphfm.commands.quickstart import quickstart
from graphfm.commands.serve import serve
from graphfm.commands.tune import tune
from graphfm.commands.zero_shot import zero_shot
from graphfm.plugins import plugins

#: Each is the function of its name in `graphfm`: same options, same defaults. Other packages add theirs by entry points of
#: the group ``graphfm.commands``.
COMMANDS = (
    quickstart,
    inspect,
    overlap,
    pretrain,
    classify,
    zero_shot,
    few_shot,
    link_text,
    link_prediction,
    tune,
    evaluate,
    complete,
    explain,
    export,
    serve,
    embed_graph,
    doctor,
)

#: Commands whose function in `graphfm` has another name: `graphfm.embed` takes texts.
NAMED = {"embed_graph": "embed"}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(datasets_app, name="datasets", help="List, describe, show, download and import graphs.")
app.add_typer(models_app, name="models", help="List, get, show and share models.")
app.add_typer(cache_app, name="cache", help="See and clear what is kept on disk.")
_named = {NAMED.get(name := command.__name__, name.replace("_", "-")): command for command in COMMANDS}
for _name, _command in (_named | plugins("graphfm.commands") | _named).items():  # ours first, and none replaced
    app.command(name=_name, cls=Command)(_command)


def _show_version(asked: bool) -> None:
    if asked:
        from graphfm import __version__

        typer.echo(f"graphfm {__version__}")
        raise typer.Exit


@app.callback()
def graphfm(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Graph foundation models on text graphs and knowledge graphs."""


def _show(name: str, text: str) -> None:
    @app.command(name=name, help=text, rich_help_panel="Lightning")
    def shown_in_the_help_only() -> None:
        """Answered by `graphfm.__main__`, before typer is asked."""


for _name, _text in LIGHTNING_COMMANDS.items():
    _show(_name, _text)
