# Two commands do everything: `make book` and `make test`. `make help` lists the rest.

PORT ?= 8000
WORKERS ?= 2
CHAPTER ?=
PIP_OPTIONS ?= --disable-pip-version-check --quiet

# The first of these that is Python 3.11 or newer makes the environment;
# PYTHON=... chooses another one.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; \
	done)

VENV := .venv
INSTALLED := $(VENV)/installed
# nbgrader starts alembic, and jupyter its kernels, from the PATH
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help book test serve notebooks lab exercises lint clean

help: ## list these commands
	@echo "make COMMAND, where COMMAND is one of:"
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | \
		awk -F'|' '{ printf "  %-10s %s\n", $$1, $$2 }'

# Written last: an installation that was interrupted is done again.
$(INSTALLED): requirements.txt requirements-no-deps.txt constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "No Python 3.11 or newer was found." >&2; \
		echo "Install one, or name it: make book PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is not Python 3.11 or newer; choose another: make book PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) can't make environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(VENV)/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the requirements (once; minutes without a word: PIP_OPTIONS= shows the steps)"
	@$(VENV)/bin/python -m pip install $(PIP_OPTIONS) -r requirements.txt
	@$(VENV)/bin/python -m pip install $(PIP_OPTIONS) --no-deps -r requirements-no-deps.txt -e .
	@touch $@

book: $(INSTALLED) ## run every chapter, build the pages (CHAPTER=02-... for a preview of one)
	@$(RUN)/python -m book.build $(CHAPTER)

test: lint ## check the style, run the tests, build the whole book strictly
	@OMP_NUM_THREADS=1 $(RUN)/python -m pytest -n $(WORKERS)

serve: book ## build, then serve the book on http://localhost:8000 (PORT=... for another)
	@echo "The book is at http://localhost:$(PORT) until you press Ctrl-C"
	@$(RUN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

notebooks: book ## write the chapters as notebooks that run by themselves
	@mkdir -p _build/notebooks
	@cp _build/html/notebooks/chapters/*.ipynb _build/notebooks/
	@echo "The notebooks are in $(CURDIR)/_build/notebooks"
	@echo "Save what you change under another name: this command writes them again."

lab: notebooks ## open the chapters' notebooks and the exercises in JupyterLab
	@$(RUN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/exercises

exercises: $(INSTALLED) ## make the students' notebooks from solutions/
	@$(RUN)/autograder release --all

lint: $(INSTALLED) ## check style and spelling
	@$(RUN)/ruff format --check --quiet . || { echo "mend it with: $(VENV)/bin/ruff format ." >&2; exit 1; }
	@$(RUN)/ruff check --quiet .
	@$(RUN)/codespell

clean: ## remove what was built; the environment and the exercises stay
	rm -rf _build
