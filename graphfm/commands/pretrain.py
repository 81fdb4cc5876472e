"""`graphfm pretrain`: graphs in, a model for use without training out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.given import assigned, check_names, read_settings, typed_in
from graphfm.commands.options import Accelerator, Config, Devices, LoggerOption, Nodes, Settings, Strategy
from graphfm.commands.output import save
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from rich.table import Table

_FUNCTION = "graphfm.pretrain"
#: Metrics worth a line at the end of a run.
_SHOWN = ("val_own", "val_neighbor", "val_chance", "alpha", "k_hyperbolic", "k_spherical", "val_mrr")
#: What comes next, by the kind of the model.
_NEXT = {"texts": "zero-shot", "links": "evaluate"}


def pretrain(
    context: typer.Context,
    data: Annotated[
        list[str] | None, typer.Option("--data", "-d", help="Name of the catalogue or folder; several may follow.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run; the same command resumes a killed run.")
    ] = None,
    config: Config = None,
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id or a model folder.")
    ] = "minilm",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of --steps-per-epoch batches.")] = 10,
    steps_per_epoch: Annotated[int, typer.Option(min=1, help="Batches an epoch.")] = 100,
    batch_size: Annotated[int, typer.Option(min=2, help="Target nodes a batch.")] = 256,
    hidden_channels: Annotated[int, typer.Option(min=1, help="Width of the experts.")] = 128,
    lr: Annotated[float, typer.Option(min=0.0, help="Peak learning rate.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of weights, batches and dropout.")] = 0,
    mixing: Annotated[
        float, typer.Option(help="Graphs are drawn by this power of their size: 0 equally often, 1 node by node.")
    ] = 0.5,
    exclude_overlap_with: Annotated[
        list[str] | None, typer.Option(help="Graph whose texts are left out of the sources; several may follow.")
    ] = None,
    mmap: Annotated[bool, typer.Option("--mmap", help="Keep embeddings in half precision in files.")] = False,
    accelerator: Accelerator = "auto",
    devices: Devices = 1,
    num_nodes: Nodes = 1,
    strategy: Strategy = "auto",
    logger: LoggerOption = "csv",
    more: Settings = None,
) -> None:
    """Pretrain on graphs, with no labels: `graphfm pretrain --data cora ./mine --out runs/first`.

    Knowledge graphs make a model of links on any knowledge graph; its own settings follow as --set synthetic=0.2 channels=64.
    """
    options = typed_in(
        context,
        data=data,
        out=out,
        encoder=encoder,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        hidden_channels=hidden_channels,
        lr=lr,
        seed=seed,
        mixing=mixing,
        exclude_overlap_with=exclude_overlap_with,
        mmap=mmap,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        logger=logger,
    )
    options |= assigned(more or [])

    from graphfm.errors import DataError
    from graphfm.files import check_writable
    from graphfm.report.link_prediction_page import learning_curve
    from graphfm.report.pretraining_page import below_baseline, pretraining_page
    from graphfm.settings import typed
    from graphfm.training.pretrain import pretrain as run
    from graphfm.training.pretrain import setting_names
    from graphfm.training.runs.run_folder import reports
    from graphfm.training.text_graphs.pretraining import Pretraining

    read, known = read_settings(config, of=_FUNCTION), ["data", "out", *setting_names()]
    check_names(read, known, of=_FUNCTION, path=config)
    check_names(options, known, of=_FUNCTION)
    settings: dict[str, Any] = read | options
    for name in ("data", "out"):
        if not settings.get(name):
            raise DataError(f"no {name}", expected=f"--{name}, or `{name}:` in the file of --config")
    sources, folder = settings.pop("data"), Path(settings.pop("out"))
    sources = [sources] if isinstance(sources, str) else sources
    check_writable(folder=folder)
    done = run(sources, out=folder, **typed(Pretraining, typed(run, settings)))
    if not reports():
        return
    for model, place, kind in _models(done, folder):
        metrics, used = model.card["metrics"], ", ".join(model.card["sources"])
        shown = ", ".join(f"{name} {metrics[name]:.3g}" for name in _SHOWN if name in metrics)
        terminal().print(f"Pretrained on {used}: {shown}", soft_wrap=True)
        if held := model.card.get("held_out"):
            terminal().print(_held_out(held))
            for sentence in below_baseline(held):
                terminal().print(sentence, soft_wrap=True, highlight=False, style="yellow")
        page = place.with_name("index.html")
        save(page, pretraining_page(model.card, curves=learning_curve(place.parent / "log" / "metrics.csv")))
        say_end(_NEXT[kind], "--data", "NAME", "--checkpoint", place, wrote=(page, place))


def _held_out(held: list[dict[str, Any]]) -> Table:
    """What was held out of each source, ranked, as a table for the terminal."""
    from rich.table import Table

    table = Table(title="Held-out triples of the sources", caption="filtered, all entities; ties realistic")
    for name in ("graph", "triples", "MRR", "answer frequency"):
        table.add_column(name, justify="left" if name == "graph" else "right")
    for one in held:
        table.add_row(one["graph"], f"{one['triples']:,}", f"{one['mrr']:.3f}", f"{one['frequency']:.3f}")
    return table


def _models(done: Any, folder: Path) -> list[tuple[Any, Path, str]]:
    """Each model that was made, its file and its kind."""
    from graphfm.training.pretrain import Pretrained

    if isinstance(done, Pretrained):
        return [(model, folder / kind / "model.ckpt", kind) for kind, model in done._asdict().items()]
    return [(done, folder / "model.ckpt", "links" if hasattr(done, "trained") else "texts")]
