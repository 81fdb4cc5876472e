# Shorthands for the commands of the README; everything runs in .venv.
BIN := .venv/bin

.PHONY: check format scatter

check:                   ## install, format, lint, types, tests: what CI runs
	bash .ci/run

format:                  ## mend what `make check` says of format and imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

scatter:                 ## the optional torch-scatter tier: compiles against the installed torch, about four minutes
	$(BIN)/pip install --no-build-isolation torch-scatter
