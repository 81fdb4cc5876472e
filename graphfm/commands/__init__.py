"""One command a file: a function with typer annotations; heavy imports inside."""
