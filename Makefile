VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
TEST_INSTALLED := $(VENV)/test-installed
TRYTON := $(VENV)/tryton
.DEFAULT_GOAL := help
.PHONY: help refresh test nightly soak mutants dashboard pictures tryton bench lint format lock audit reinstall clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

refresh: $(INSTALLED) ## Run everything: land, build, audit, publish, post (the main job)
	@$(BIN)/tieout refresh

test: $(TEST_INSTALLED) $(TRYTON)/installed ## Run every test, a real browser's and a real ERP's too
	$(BIN)/pytest -n 2 --dist loadgroup

nightly: $(TEST_INSTALLED) ## Run the tests that are too slow for each change
	$(BIN)/pytest -n 2 --dist loadgroup -m nightly

soak: $(TEST_INSTALLED) ## Try many random firms, kills and attacks; takes hours
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest -n 2 -m soak

mutants: $(TEST_INSTALLED) ## Change rules one at a time; list what no unit test notices
	@$(BIN)/python -m tests.mutants

dashboard: $(INSTALLED) ## Open the dashboards; ADDRESS=… where others reach them
	@$(BIN)/tieout dashboard $(if $(ADDRESS),--address $(ADDRESS))

pictures: $(TEST_INSTALLED) ## Take the documentation's pictures of what is published
	$(BIN)/python -m tests.dashboards.pictures

tryton: $(TEST_INSTALLED) $(TRYTON)/installed ## Start a real ERP, Tryton, with a small firm in it
	@$(BIN)/python -m tests.tryton.server

bench: $(INSTALLED) ## Measure, print each figure with its goal, write bench.json
	$(BIN)/python -m tests.bench.run

lint: $(TEST_INSTALLED) ## Check style; change nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 models dbt_project/controls
	$(BIN)/pytest tests/unit/test_house.py

format: $(TEST_INSTALLED) ## Write the style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(TEST_INSTALLED) ## Pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --all-extras \
		--output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header \
		--output-file tests/tryton/requirements.lock tests/tryton/requirements.in

audit: $(TEST_INSTALLED) ## Ask whether a pinned dependency is known to be vulnerable
	@$(BIN)/python -m tests.audit

reinstall: ## Install the pinned versions anew; nothing else is touched
	rm -rf $(VENV)
	@$(MAKE) --no-print-directory $(INSTALLED)

clean: ## Remove what was installed and measured; never a work folder (tieout books remove)
	rm -rf $(VENV) bench.json .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(INSTALLED): requirements.lock pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
		--no-deps --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

$(TEST_INSTALLED): $(INSTALLED)
	@command -v chromium >/dev/null || (apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium >/dev/null)
	@command -v gpg >/dev/null || (apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends gnupg >/dev/null)
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || (apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends postgresql >/dev/null)
	@touch $@

$(TRYTON)/installed: tests/tryton/requirements.lock | $(INSTALLED)
	python3 -m venv $(TRYTON)
	$(TRYTON)/bin/pip install --quiet --disable-pip-version-check --require-hashes \
		--no-deps --requirement tests/tryton/requirements.lock
	@touch $@
