# Keepwell's commands. CI runs `make test` and nothing more.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The Python to build with; empty for the first of python3, python3.14 ... python3.11 that is new enough.
PYTHON ?=
ARGS ?=
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

export PIP_NO_INPUT := 1
unexport PYTHONPATH PYTHONHOME

.PHONY: help demo test system lint types imports unit faults bench bench-alerts format clean

help: ## Show this list
	@echo "Keepwell: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

demo: $(VENV)/installed ## Watch a street of three simulated homes; make demo ARGS="--for 70" passes options
	@exec $(BIN)/keepwell demo $(ARGS)

test: system lint types imports unit ## Everything that CI runs: system packages, lint, types, import rules, tests

system: ## Install the servers that tests need (Debian; only as root or with sudo -n), or say which are missing
	@scripts/system-packages

lint: $(VENV)/developing ## Lint and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/developing ## Types
	$(BIN)/mypy

imports: $(VENV)/developing ## Rules on which package may import which
	$(BIN)/lint-imports

unit: $(VENV)/developing $(VENV)/axe ## Tests alone; make unit ARGS="tests/watch -k door" passes options
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

faults: $(VENV)/developing ## The fault tests at full length; writes the table of docs/reliability.md
	KEEPWELL_FAULTS=long $(BIN)/pytest -n 1 tests/faults $(ARGS)

bench: $(VENV)/developing ## Measure how fast the gateway is, JSON to bench.json; make bench ARGS="--quick" passes options
	@$(BIN)/python -m tests.benchmarks.run $(ARGS)

bench-alerts: $(VENV)/developing ## Measure false alerts and how soon a collapse is noticed; make bench-alerts ARGS="--quick --show"
	@$(BIN)/python -m tests.benchmarks.alerts.run $(ARGS)

format: $(VENV)/developing ## Mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## Remove what make and the tools have made; your data is not touched
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An empty file marks each step that is done. It is made last, so a step that was cut short runs again.
$(VENV)/created: scripts/make-venv
	@scripts/make-venv $(VENV) $(PYTHON)
	@touch $@

$(VENV)/installed: $(VENV)/created pyproject.toml
	@echo "Installing Keepwell into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

$(VENV)/developing: $(VENV)/installed
	@echo "Installing the tools for development into $(VENV) ..."
	@$(PIP) install --group dev
	@touch $@

# What checks the pages in a browser comes by npm; nothing of it is served or packed.
$(VENV)/axe: package.json package-lock.json .npmrc $(VENV)/created
	@mkdir -p $(VENV)/npm
	@cp package.json package-lock.json .npmrc $(VENV)/npm
	@if command -v npm >/dev/null; then \
	    npm ci --silent --prefix $(VENV)/npm && touch $@; \
	else \
	    echo "npm is not installed: tests that check pages with axe-core are skipped (where CI is set: fail)."; \
	fi
