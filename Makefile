# Everything starts from nothing: the first `make serve` or `make test` creates .venv and installs into it.
# Prerequisites: make and Python >= 3.11 (another one than python3: make PYTHON=python3.12 serve).

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# The address the site is built for: instant navigation only works where it is served from there.
export SITE_URL ?= http://127.0.0.1:$(PORT)/

# Material prints a banner about another program's plans at each build; it says nothing about this site.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
# More options for Jupyter, for example JUPYTER=--no-browser.
JUPYTER ?=

.PHONY: help serve build test update figures labs jupyter bench lint format clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

serve: $(INSTALLED)  ## read the site at http://127.0.0.1:8000; an edit shows once it is built again (PORT=9000 for another port)
	@$(BIN)/python -m site_tools.prepare
	@echo "The site will be at $(SITE_URL) - press Ctrl-C to stop"
	@$(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: $(INSTALLED)  ## build the site into site/, every warning an error
	@$(BIN)/python -m site_tools.prepare
	@$(BIN)/python -m mkdocs build --strict --clean

# Two processes of one thread each: with more threads than cores the small programs here take twice the time.
test: lint  ## run every code block and every test; PYTEST='-k tensors -x' narrows it
	@$(BIN)/python -m site_tools.prepare
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST)

# With PAGE, a page or a folder of docs/, the programs shown there and nothing else; a whole run takes many minutes.
update: $(INSTALLED)  ## rewrite `#>` lines, figures and notebooks from what the programs do; PAGE=docs/tensors for a part's `#>` lines
	@$(BIN)/python -m pytest $(or $(PAGE),docs README.md CONTRIBUTING.md) --update-outputs -q -p no:randomly $(PYTEST)
	$(if $(PAGE),,@$(BIN)/python -m site_tools.figures)
	$(if $(PAGE),,@$(BIN)/python -m site_tools.labs)

figures: $(INSTALLED)  ## draw the figures again; CHAPTER=tensors for one chapter's
	@$(BIN)/python -m site_tools.figures $(CHAPTER)

labs: $(INSTALLED)  ## run the labs and write their notebooks; LAB=memory_budget for one
	@$(BIN)/python -m site_tools.labs $(LAB)

jupyter: $(INSTALLED)  ## open the labs in Jupyter
	@$(BIN)/python -m jupyterlab $(JUPYTER) docs/labs

bench: $(INSTALLED)  ## measure the models side by side with Transformers; some minutes, best with nothing else running
	@$(BIN)/python -m benchmarks.speed

lint: $(INSTALLED)  ## check format, lint rules and types
	@{ $(BIN)/ruff format --check --quiet . && $(BIN)/python -m tests.code_blocks.format --check && $(BIN)/ruff check --quiet .; } \
	  || { echo "make format mends the format and what the linter can mend"; exit 1; }
	@$(BIN)/mypy

format: $(INSTALLED)  ## format the code and mend what the linter can mend
	@$(BIN)/ruff format . && $(BIN)/python -m tests.code_blocks.format
	@$(BIN)/ruff check --fix .

clean:  ## remove what was built (the virtual environment stays: rm -r .venv for that too)
	@rm -rf site .cache .pytest_cache .hypothesis .mypy_cache .ruff_cache

# Installed again when the pinned versions or the package's own list change.
$(INSTALLED): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Class Logs needs Python 3.11 or newer; '$(PYTHON)' is `$(PYTHON) --version 2>&1`."; \
	       echo "Install one and say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Could not create $(VENV): is the venv module there? On Debian: apt install python3-venv"; exit 1; }
	@echo "Installing the pinned packages into $(VENV); the first time this takes some minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' \
	  || { echo; echo "The install failed: the last lines of pip above say which package."; \
	       echo " - no network?      this first step needs a package index once; afterwards everything works offline"; \
	       echo " - no such version? constraints.txt pins what is tested; a newer Python may need newer pins"; \
	       echo " - half installed?  rm -r $(VENV) and run make again"; exit 1; }
	@touch $@
