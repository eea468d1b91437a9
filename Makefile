# `make demo` and `make test` need Python 3.11 or later and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready
SITE_READY = $(VENV)/.site-ready

.PHONY: help demo test test-fast test-long bench format check lint types tests test-lowest test-newest coverage docs surface screenshot site man wheel zipapp clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## see the whole product in a minute, without an account
	@$(BIN)/kaufland demo

test: check tests ## formatting, lint, types and tests

check: lint types ## what needs no running program

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

PLATFORMS = linux darwin win32

# Side by side: the platforms share nothing, and mypy uses one core.
types: $(READY)
	@$(MAKE) --no-print-directory --jobs=3 $(PLATFORMS:%=types-%)

types-%: $(READY)
	$(BIN)/mypy --platform $* --cache-dir .mypy_cache/$*

# What one worker has compiled, the others and the processes that tests start can use.
tests: export PYTHONDONTWRITEBYTECODE =
tests: $(READY)
	$(BIN)/pytest -q

FAST = tests/domain tests/output tests/settings tests/sales_orders tests/surface tests/test_architecture.py

test-fast: $(READY) ## rules, settings, screens and sales orders, for the inner loop
	$(BIN)/pytest -q -n 2 -m "not long and not slow" $(FAST)

test-lowest: $(READY) ## the fast tests with the oldest versions that pyproject.toml allows
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(VENV)/lowest
	$(BIN)/uv pip install --quiet --python $(VENV)/lowest --resolution lowest-direct --editable '.[dev]'
	$(VENV)/lowest/bin/python -m pytest -q $(FAST)

test-newest: $(READY) ## the fast tests with the newest version of everything
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(VENV)/newest
	$(BIN)/uv pip install --quiet --python $(VENV)/newest --upgrade --editable '.[dev]'
	$(VENV)/newest/bin/python -m pytest -q $(FAST)

test-long: $(READY) ## the tests that take minutes, and property tests with all their examples
	KAUFLAND_TEST_ALL_EXAMPLES=1 $(BIN)/pytest -q -m "long or hypothesis"

bench: $(READY) ## measure speed, memory and size side by side with a plain script; some minutes, on a quiet machine
	$(BIN)/python -m benchmarks $(PARTS)

coverage: $(READY) ## the tests again, measured over src with the command line included
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n 0
	$(BIN)/coverage combine
	$(BIN)/coverage report

format: $(READY) ## fix formatting and what lint can fix by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## regenerate what the pages take from the code, and config.example.toml
	$(BIN)/python -m tools.generate_docs

surface: $(READY) ## write what others rely on (help, JSON, piped output) into tests/surface/frozen; review the diff
	PYTHONPATH=tests $(BIN)/python tests/surface/write.py

screenshot: $(READY) ## redraw the README's picture from the real screen
	$(BIN)/python tools/screenshot.py

site: $(SITE_READY) ## build the pages as a website in build/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

man: $(READY) ## write the man pages into build/man
	$(BIN)/python -m tools.man_pages

wheel: man ## build the package, with the man pages
	$(BIN)/python -m build --outdir dist

# Parts of it are compiled, so it runs on the kind of system and with the Python version that built it.
zipapp: $(READY) ## build the program as a single file, dist/kaufland.pyz
	@mkdir -p dist
	$(BIN)/shiv --reproducible --console-script kaufland --output-file dist/kaufland.pyz \
	  --python "/usr/bin/env $$($(BIN)/python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')" \
	  --quiet --constraint constraints.txt '.[xlsx]'

# The stamp names everything that decides what is installed, so a second `make` starts at once.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(SITE_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	@touch $@

clean: ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
