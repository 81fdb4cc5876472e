"""The command `graphfm`: errors a user can mend are printed without a traceback, everything else is a defect and shown whole."""

from __future__ import annotations

import sys
import warnings
from typing import Any


def main() -> None:
    """Entry point of the command line."""
    from graphfm.cli import app
    from graphfm.commands import fit
    from graphfm.errors import GraphFMError

    warnings.formatwarning = _told
    try:
        if fit.is_for_lightning(sys.argv[1:]):
            fit.run()
        else:
            app()
    except GraphFMError as error:
        from rich.text import Text

        from graphfm.commands.terminal import terminal

        terminal(stderr=True).print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        raise SystemExit(2) from None


def _told(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> str:
    """What is odd in a user's data, without the line of ours that noticed it; other warnings as Python shows them."""
    if category.__name__ == "DataWarning":
        return f"Note: {message}\n"
    return _python(message, category, *where, **more)


_python = warnings.formatwarning


if __name__ == "__main__":
    main()
