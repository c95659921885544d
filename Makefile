# The two commands a newcomer needs are `make run` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
BENCHMARKS := $(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))

.PHONY: help install run test check bench lock $(addprefix bench-,$(BENCHMARKS))

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# One stamp a lock file: a changed lock reinstalls, an unchanged one costs nothing.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## install the product into .venv

run: install ## prepare the embedded database and the sample book, then serve the app
	$(BIN)/robo serve --sample-book

check: $(VENV)/.installed-dev ## lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases benchmarks

test: check ## lint, types, tests
	$(BIN)/python -m pytest

bench: $(addprefix bench-,$(BENCHMARKS)) ## run every benchmark, with its peers, in .venv-bench

.venv-bench/.installed: requirements.lock benchmarks/peers.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv-bench/bin/python -m pip install --quiet --require-hashes -r benchmarks/peers.lock
	.venv-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(addprefix bench-,$(BENCHMARKS)): bench-%: .venv-bench/.installed
	.venv-bench/bin/python -P benchmarks/$*.py

lock: ## pin the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements.lock --extra build --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements.lock benchmarks/peers.in -o benchmarks/peers.lock
