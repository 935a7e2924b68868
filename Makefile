# Two commands on a fresh machine: `make run` and `make test`. Everything lives in .venv and amends-data.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: run test check format bench messages clean help

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'

run: $(VENV)/.installed ## set up and start the product with sample data
	@$(BIN)/amends demo

test: $(VENV)/.installed-test ## set up and run the tests
	@$(BIN)/python -m pytest

check: $(VENV)/.installed-test ## format, lint, types, import contract, catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m indexer.catalogues check

format: $(VENV)/.installed-test ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-bench ## slow benchmarks
	$(BIN)/python -m tests.bench

messages: $(VENV)/.installed-test ## collect the agents' interface messages for translators
	$(BIN)/pybabel -q extract -F locales/babel.cfg -k N_ -k Remark -k gettext -k ngettext:1,2 --no-location --sort-output \
	  --project amends --no-wrap -o locales/messages.pot .

clean: ## remove what was built, not your data
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Amends needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.created
	$(PIP) install -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(VENV)/.created
	$(PIP) install -e '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: pyproject.toml $(VENV)/.created
	$(PIP) install -e '.[bench]'
	@touch $(VENV)/.installed $@
