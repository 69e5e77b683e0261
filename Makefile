# The words that people and continuous integration both use.
#   make demo     install, and run the whole flow on the example community
#   make serve    show the demo: site, a form to ask in, review list
#   make test     install, and run all tests
#   make check    lint and types
#   make bench    benchmarks beside named peers (minutes); one topic alone: ONLY=vectors
#   make soak     a server under load: ten minutes of questions, five of editors; ONLY=editors SECONDS=60
#   make install  prepare .venv alone
#   make docs     write docs/reference/ from the code
#   make pictures take the pictures of README and how-tos from the demo
#   make lock     resolve the dependencies again

PYTHON ?= python3
BIN := .venv/bin
DEMO ?= demo
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
export KBUILDER_EVAL_DATA ?= $(abspath $(wildcard ../shared/data))
# Two OpenMP pools on busy cores are many times slower than one thread.
export OMP_NUM_THREADS ?= 1
.DEFAULT_GOAL := help
.PHONY: help install demo serve test check bench soak docs pictures lock browser dev

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	$(PYTHON) -m venv .venv

# Torch goes in by itself and without its dependencies: the lock holds what it needs, and no CUDA package.
.venv/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing kbuilder into .venv (torch and a model are some 300 MB)"
	$(PIP) --no-deps torch==2.13.0
	$(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.venv/installed-bench: .venv/installed-dev requirements-bench.lock
	$(PIP) --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

install: .venv/installed
dev: .venv/installed-dev

demo: install
	@rm -rf $(DEMO)
	@$(BIN)/kbuilder demo $(DEMO)

serve: install
	@$(BIN)/kbuilder -C $(DEMO) serve

test: dev browser
	$(BIN)/python -m pytest -n auto

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed-bench
	PYTHONPATH=tests $(BIN)/python -m bench $(ONLY)

docs: install
	$(BIN)/python docs/generate.py

pictures: demo dev browser
	$(BIN)/python docs/pictures.py $(DEMO)

soak: dev
	PYTHONPATH=tests $(BIN)/python -m soak $(ONLY) $(SECONDS)

# Browser tests drive Debian's Chromium; PostgreSQL's own tests start a server of their own.
browser:
	@tests/services.sh

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make lock' pyproject.toml --extra model --group install
lock: dev
	$(PIP) uv
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group dev --group bench -c requirements-dev.lock -o requirements-bench.lock
