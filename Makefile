# The front door: `make help`. Everything is installed into .venv; nothing else on the machine changes, except that
# `make test` as root installs Debian's chromium when no browser is there.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .state/uv/bin/uv
BIN := .venv/bin
MEMBERS := $(sort $(dir $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)))
SERVICES := connector-asterisk connector-freeswitch connector-oktell connector-webitel call-journal directory push simulators devstack
SOURCES := $(wildcard libs/*/src services/*/src)
T ?=
# How many test files run side by side; each runner has servers and a browser of its own.
JOBS ?= 3

##@ Use
.PHONY: demo
demo: setup ## Start everything with a simulated PBX (PBX=asterisk, freeswitch, oktell, webitel, webitel-old); prints sign-in links (Ctrl-C stops)
	@exec $(BIN)/trunkline up $(if $(PBX),--pbx $(PBX))

.PHONY: doctor
doctor: setup ## Look for what is missing on this machine
	@$(BIN)/trunkline doctor

##@ Work
.PHONY: setup
setup: .venv/.ready ## Put the whole environment into .venv (quick when nothing changed)

.PHONY: test
test: check setup-browser ## Run everything: checks, unit, integration on real servers, end to end in Chromium
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(T)

.PHONY: check
check: setup ## Format, lint, types, import rules
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-cache | tail -n 12

.PHONY: unit
unit: setup ## Only the tests beside the code of the libraries
	$(BIN)/pytest libs $(T)

.PHONY: e2e
e2e: setup setup-browser ## Only the end-to-end tests in a real browser
	$(BIN)/pytest tests/e2e libs/browser $(T)

.PHONY: chaos
chaos: setup ## Only the tests that kill services and servers in mid-call, and `trunkline up` from start to power cut
	$(BIN)/pytest tests/chaos tests/demo $(T)

.PHONY: conformance
conformance: setup ## Compare our records of every recording with what the telephones saw (table)
	@$(BIN)/python -m tests.conformance.table

.PHONY: bench
bench: setup ## Measure against baselines in the same run; prints a table, writes .state/bench.json
	@$(BIN)/python -m tests.bench

.PHONY: compose-check
compose-check: setup ## Build the images, bring compose.yaml up, use it, break it, take it down (needs Docker)
	@$(BIN)/python -m tests.deploy.compose_check

.PHONY: fmt
fmt: setup ## Format and mend what the linter can
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

.PHONY: docs
docs: setup ## Write the generated documents (schemas, AsyncAPI, OpenAPI, settings)
	$(BIN)/python -m cti_model.schema docs
	$(BIN)/python -m call_journal openapi > docs/openapi-call-journal.json
	$(BIN)/python -m directory openapi > docs/openapi-directory.json
	$(BIN)/python -m push asyncapi > docs/asyncapi-push.json
	$(BIN)/python -m push openapi > docs/openapi-push.json
	$(BIN)/python -m cti_runtime.reference docs/operations/settings.md libs/runtime/src/cti_runtime/known.json

.PHONY: screenshot
screenshot: setup setup-browser ## Take the README's picture of the panel from the running demo
	@$(BIN)/python docs/screenshot.py docs/panel.png

.PHONY: pins
pins: $(UV) ## Resolve dependencies anew and write the pins
	$(UV) lock --upgrade
	mkdir -p requirements
	$(UV) export $(EXPORT) --all-packages --output-file requirements/dev.txt
	for name in $(SERVICES); do \
	  $(UV) export $(EXPORT) --package trunkline-$$name --no-dev --output-file requirements/$$name.txt; \
	done

.PHONY: vendor
vendor: ## Bundle JsSIP anew from npm's packages into the browser's files (needs node)
	cd libs/browser/vendor && npm ci --no-audit --no-fund --silent && npm run --silent build

.PHONY: clean
clean: ## Remove what was installed and generated (the demo's data too)
	rm -rf .venv .state .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help
help: ## List all targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile

# --- how it is done ---------------------------------------------------------------------------------------------------
EXPORT := --quiet --format requirements-txt --no-emit-workspace --no-header --no-annotate

# uv comes from pip into a folder of its own: works in a venv, beside a managed system Python, as root or not.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null || { echo "pip is needed: on Debian, apt-get install python3-pip"; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .state/uv uv==$(UV_VERSION)

.venv/.ready: requirements/dev.txt $(addsuffix pyproject.toml,$(MEMBERS)) | $(UV)
	@rm -f $@
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --no-deps $(foreach member,$(MEMBERS),--editable $(member))
	@touch $@

.PHONY: setup-browser
setup-browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "no chromium here: the browser tests will be skipped (apt-get install chromium)"; fi; }
