# `make run` starts Hallom, `make test` and `make check` are for those who change it; `make help` lists everything.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.ONESHELL:
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

REQUIREMENTS := $(VENV)/.installed-runtime
DEV_REQUIREMENTS := $(VENV)/.installed-dev
FRONTEND := build/.frontend
STATIC := build/.static
MESSAGES := build/.messages

NOT_FETCHED := The packages could not be installed, see above. Is this machine online (behind a proxy: set HTTPS_PROXY), \
and is there room on the disk? Then give the same command again: it goes on where it stopped.

FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
STATIC_SOURCES := $(shell find hallom -type f -path '*/static/*' -not -path '*/dist/*' 2>/dev/null)
PO_FILES := $(wildcard hallom/locale/*/LC_MESSAGES/django.po)

.PHONY: help run build dev test test-quick check format translations requirements bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: build ## install what is missing, then start everything with the demo organisation
	@HALLOM_DEMO=$${HALLOM_DEMO-1} exec $(BIN)/hallom run

build: $(REQUIREMENTS) $(STATIC) $(MESSAGES) ## everything `hallom run` needs

dev: $(DEV_REQUIREMENTS) $(STATIC) $(MESSAGES) ## everything tests and checks need

$(BIN)/python:
	@tools/make_venv "$(PYTHON)" "$(VENV)"

$(REQUIREMENTS): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing Python packages …"
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt || { echo "$(NOT_FETCHED)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(DEV_REQUIREMENTS): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing Python packages for development …"
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt || { echo "$(NOT_FETCHED)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@ $(REQUIREMENTS)

frontend/node_modules/.package-lock.json: frontend/package-lock.json | $(REQUIREMENTS)
	@echo "Installing front-end packages …"
	$(BIN)/python tools/node.py ci --ignore-scripts --no-audit --no-fund --loglevel=error || { echo "$(NOT_FETCHED)" >&2; exit 1; }
	touch $@

$(FRONTEND): $(FRONTEND_SOURCES) frontend/node_modules/.package-lock.json
	@echo "Building the front end …"
	$(BIN)/python tools/node.py run --silent build
	mkdir -p build && touch $@

$(STATIC): $(FRONTEND) $(STATIC_SOURCES) | $(REQUIREMENTS)
	@echo "Collecting static files …"
	HALLOM_DATA=build/settings $(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	touch $@

$(MESSAGES): $(PO_FILES) tools/translations.py | $(REQUIREMENTS)
	@mkdir -p build
	$(BIN)/python tools/translations.py compile
	touch $@

test: dev ## everything: unit, database, telephone and browser tests
	@tools/run_tests

test-quick: dev ## only what needs neither telephones nor browsers
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not telephony and not browser and not slow"

check: dev ## format, lint, types, import rules, templates, migrations, translations, dependencies, shape
	@tools/run_checks

format: dev ## put the code into the one format
	@$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html') || true

translations: dev ## bring the .po files in step with the code
	@$(BIN)/python tools/translations.py update
	touch tools/translations.py

requirements: dev ## lock the packages of pyproject.toml anew
	@tools/lock_requirements

bench: build ## measure, print a table, append to var/bench.jsonl
	@$(BIN)/hallom bench

clean: ## everything that can be made again; data and secrets in var/ stay
	rm -rf $(VENV) build frontend/node_modules hallom/ui/static/ui/dist
