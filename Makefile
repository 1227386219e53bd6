# Everything runs from a clean checkout with Python >= 3.11, its venv and pip, and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run demo test check lint types imports tests reference bench soak fuzz format clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	    --editable '.[dev]'
	touch $@

run: $(STAMP) ## Install, play the purchase cases, and serve them over HTTP until interrupted
	$(BIN)/opsflow demo --serve

demo: $(STAMP) ## Run the purchase cases again on a fresh database
	$(BIN)/opsflow demo --fresh

test: check ## Run everything: lint, types, import rules, tests on both databases, examples

check: lint types imports tests ## What CI runs

lint: $(STAMP) ## Style and common mistakes (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Types (mypy --strict)
	$(BIN)/mypy

imports: $(STAMP) ## Import rules (import-linter)
	$(BIN)/lint-imports

tests: $(STAMP) ## Tests on SQLite and PostgreSQL, docs and examples
	$(BIN)/pytest -n 2

format: $(STAMP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

reference: $(STAMP) ## Write the reference pages that come from the code
	$(BIN)/python -m tools.reference

bench: $(STAMP) ## Time the engine and FEEL, as ratios within one run
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.feel
	$(BIN)/python -m benchmarks.jobs

soak: $(STAMP) ## Kill workers for a long time and see that nothing is lost
	$(BIN)/python -m tests.soak --instances 10000 --workers 4

fuzz: $(STAMP) ## Fuzz FEEL for five minutes (atheris)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	    --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz_feel -max_total_time=300

clean: ## Remove what the targets made
	rm -rf $(VENV) *.db *.db-wal *.db-shm .mypy_cache .ruff_cache .pytest_cache .hypothesis
