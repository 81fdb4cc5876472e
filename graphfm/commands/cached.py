"""`graphfm cache`: what downloads and embeddings take, and how to be rid of them."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.terminal import terminal

cache_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@cache_app.command(name="list")
def list_cache() -> None:
    """What the cache holds, and how much."""
    from rich.table import Table

    from graphfm.paths import cache_home

    parts = _parts()
    terminal().print(f"{cache_home()}{'' if parts else ' holds nothing'}", soft_wrap=True, highlight=False)
    if not parts:
        say_end("doctor")
        return
    table = Table()
    table.add_column("part")
    table.add_column("files", justify="right")
    table.add_column("MB", justify="right")
    for part in parts:
        files = [path for path in [part, *part.rglob("*")] if path.is_file()]
        table.add_row(
            part.relative_to(cache_home()).as_posix(),
            f"{len(files):,}",
            f"{sum(f.stat().st_size for f in files) / 1e6:,.1f}",
        )
    terminal().print(table)
    say_end("cache", "clear", parts[0].relative_to(cache_home()).as_posix())


@cache_app.command()
def clear(
    parts: Annotated[
        list[str] | None, typer.Argument(help="Parts that `graphfm cache list` names; all by default.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove parts of the cache; what is needed again is downloaded or computed again."""
    import shutil

    from graphfm.errors import DataError
    from graphfm.paths import cache_home

    known = {path.relative_to(cache_home()).as_posix(): path for path in _parts()}
    unknown = [part for part in parts or () if part not in known]
    if unknown:
        raise DataError(f"the part {unknown[0]!r}", expected=f"one of {', '.join(known) or 'none: the cache is empty'}")
    chosen = {name: known[name] for name in parts or known}
    if not chosen:
        terminal().print("The cache is empty.")
    elif not yes:
        typer.confirm(f"Remove {', '.join(chosen)} from {cache_home()}?", abort=True)
    for name, path in chosen.items():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        terminal().print(f"removed {name}", highlight=False)
    say_end("cache", "list")


def _parts() -> list:
    """What lies in the cache: data sets one by one, all else by its folder."""
    from graphfm.paths import cache_home

    home = cache_home()
    found = []
    for path in sorted(home.iterdir()) if home.is_dir() else []:
        if path.name == "datasets":
            found += [one for kind in sorted(path.iterdir()) if kind.is_dir() for one in sorted(kind.iterdir())]
        else:
            found.append(path)
    return found
