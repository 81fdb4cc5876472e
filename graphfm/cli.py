"""The command line: names, options and help. Heavy imports wait inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import typer

from graphfm.commands.complete import complete
from graphfm.commands.datasets import app as datasets_app
from graphfm.commands.evaluate import evaluate
from graphfm.commands.explain import explain
from graphfm.commands.export import export
from graphfm.commands.few_shot import few_shot
from graphfm.commands.inspect import inspect
from graphfm.commands.link_prediction import link_prediction
from graphfm.commands.link_text import link_text
from graphfm.commands.overlap import overlap
from graphfm.commands.pretrain import pretrain
from graphfm.commands.quickstart import quickstart
from graphfm.commands.zero_shot import zero_shot

#: Handed to Lightning's own command line, which has its own help.
LIGHTNING_COMMANDS = {
    "fit": "Train with a Lightning config: graphfm fit --config FILE.",
    "validate": "Validate with a Lightning config.",
    "test": "Test with a Lightning config.",
    "predict": "Predict with a Lightning config.",
}

app = typer.Typer(
    help="Graph foundation models on text graphs and knowledge graphs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(datasets_app, name="datasets", help="List, describe, download and import graphs.")
app.command()(quickstart)
app.command()(inspect)
app.command()(overlap)
app.command()(pretrain)
app.command(name="zero-shot")(zero_shot)
app.command(name="few-shot")(few_shot)
app.command(name="link-text")(link_text)
app.command(name="link-prediction")(link_prediction)
app.command()(evaluate)
app.command()(complete)
app.command()(explain)
app.command()(export)


def _named(name: str, text: str) -> None:
    @app.command(name=name, help=text, rich_help_panel="Lightning")
    def shown_in_the_help_only() -> None:
        """Answered by `graphfm.__main__`, before typer is asked."""


for _name, _text in LIGHTNING_COMMANDS.items():
    _named(_name, _text)
