"""`graphfm pretrain`: text graphs in, a model for zero-shot use out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from graphfm.commands.settings import read_settings
from graphfm.commands.terminal import terminal

#: Metrics worth a line at the end of a run.
SHOWN = ("val_own", "val_neighbor", "alpha", "k_hyperbolic", "k_spherical")


def pretrain(
    data: Annotated[list[str], typer.Option("--data", "-d", help="Name of the catalogue or folder; more may follow.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; the same command resumes a killed run.")],
    more: Annotated[Optional[list[str]], typer.Argument(metavar="[DATA]...", help="Further graphs.")] = None,  # noqa: UP045
    config: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="YAML file with any argument of graphfm.pretrain and of the task; options given here win."),
    ] = None,
    encoder: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Text encoder: minilm (default), minilm:bf16, lsa, a hub id or a model folder."),
    ] = None,
    epochs: Annotated[Optional[int], typer.Option(min=1, help="Epochs of --steps batches (default 10).")] = None,  # noqa: UP045
    steps: Annotated[Optional[int], typer.Option(min=1, help="Batches an epoch (default 100).")] = None,  # noqa: UP045
    batch_size: Annotated[Optional[int], typer.Option(min=2, help="Target nodes a batch (default 256).")] = None,  # noqa: UP045
    hidden_channels: Annotated[Optional[int], typer.Option(min=1, help="Width of the experts (default 128).")] = None,  # noqa: UP045
    lr: Annotated[Optional[float], typer.Option(min=0.0, help="Peak learning rate (default 0.001).")] = None,  # noqa: UP045
    seed: Annotated[Optional[int], typer.Option(help="Of weights, batches and dropout (default 0).")] = None,  # noqa: UP045
    mixing: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            help="Graphs are drawn by this power of their size: 0 equally often, 1 node by node (default 0.5)."
        ),
    ] = None,
    exclude: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--exclude-overlap-with", help="Graph whose texts are left out of the sources; may be repeated."),
    ] = None,
    mmap: Annotated[Optional[bool], typer.Option("--mmap", help="Keep embeddings in half precision in files.")] = None,  # noqa: UP045
    accelerator: Annotated[Optional[str], typer.Option(help="auto (default), cpu or gpu.")] = None,  # noqa: UP045
    devices: Annotated[Optional[int], typer.Option(min=1, help="Processes on this machine (default 1).")] = None,  # noqa: UP045
    num_nodes: Annotated[Optional[int], typer.Option(min=1, help="Machines (default 1).")] = None,  # noqa: UP045
    strategy: Annotated[Optional[str], typer.Option(help="Of Lightning: auto (default), ddp, ...")] = None,  # noqa: UP045
) -> None:
    """Pretrain on text graphs, with no labels: `graphfm pretrain --data cora ./mine --out runs/first`."""
    options = {
        "encoder": encoder,
        "epochs": epochs,
        "steps_per_epoch": steps,
        "batch_size": batch_size,
        "hidden_channels": hidden_channels,
        "lr": lr,
        "seed": seed,
        "mixing": mixing,
        "exclude_overlap_with": exclude or None,
        "mmap": mmap,
        "accelerator": accelerator,
        "devices": devices,
        "num_nodes": num_nodes,
        "strategy": strategy,
    }

    from graphfm.files import check_writable
    from graphfm.settings import typed
    from graphfm.training.pretrain import pretrain as run
    from graphfm.training.pretrain import setting_names
    from graphfm.training.run_folder import reports

    settings = read_settings(config, setting_names(), of="graphfm.pretrain")
    settings |= {name: value for name, value in options.items() if value is not None}

    console, sources, model = terminal(), [*data, *(more or [])], out / "model.ckpt"
    check_writable(folder=out)
    metrics = run(sources, out=out, **typed(run, settings)).card["metrics"]
    if not reports():
        return
    shown = ", ".join(f"{name} {metrics[name]:.3g}" for name in SHOWN if name in metrics)
    console.print(f"Pretrained on {', '.join(sources)}: {shown}", soft_wrap=True)
    console.print(f"Model: {model}   next: graphfm zero-shot --data NAME --checkpoint {model}", soft_wrap=True)
