"""The command `graphfm`: errors a user can mend are printed without a traceback, everything else is a defect and shown whole."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the command line."""
    from graphfm.cli import LIGHTNING_COMMANDS, app
    from graphfm.errors import GraphFMError

    try:
        if len(sys.argv) > 1 and sys.argv[1] in LIGHTNING_COMMANDS:
            from graphfm.tasks.lightning_cli import main as lightning_main

            lightning_main()
        else:
            app()
    except GraphFMError as error:
        from rich.text import Text

        from graphfm.commands.terminal import terminal

        terminal(stderr=True).print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
