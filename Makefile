# Shorthands for the commands of the README; everything runs in .venv.
BIN := .venv/bin

.PHONY: check format docs

check:                   ## install, format, lint, types, tests: what CI runs
	bash .ci/run

format:                  ## mend what `make check` says of format and imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs:                    ## the documentation, read in a browser while it is written
	$(BIN)/mkdocs serve
