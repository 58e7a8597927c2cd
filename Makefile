# Everything a person does with this project; `make` alone says what there is.
# Plain make: nothing here needs GNU make. The shell does the rest.

VENV = .venv
PYTHON ?= python3.13 python3.12 python3.11 python3
BIN = $(VENV)/bin

# One lock, checked by its hashes, then the project itself. With uv where it is there and reaches
# the package index, else with pip, which may know another way to it.
INSTALL = install_with() { \
	"$$@" --no-deps --require-hashes -r "$$lock" && "$$@" --no-deps --no-build-isolation -e .; \
}; \
install_from() { \
	lock="$$1"; \
	echo "Installing what $$lock lists into $(VENV)"; \
	$(BIN)/python -c '' || { echo "$(VENV) is broken: remove it and try again" >&2; return 1; }; \
	if command -v uv > /dev/null; then \
	    install_with uv pip install -q --python $(BIN)/python && return; \
	    echo "That was uv; now with pip" >&2; \
	fi; \
	install_with $(BIN)/python -m pip install -qq --no-compile; \
}; install_from

.PHONY: help install run test chaos check bench lock

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=/path/to/python3 chooses the interpreter, VENV=folder another environment"

install: $(VENV)/.installed ## make the environment .venv with what the scanner needs

run: $(VENV)/.installed ## run the whole system here, until Ctrl-C; a demo when no key is set
	@exec $(BIN)/scanner up

test: $(VENV)/.installed-dev ## run the tests
	$(BIN)/pytest -m "not chaos"

chaos: $(VENV)/.installed-dev ## run the slower tests that kill and freeze real processes
	$(BIN)/pytest -m chaos

check: $(VENV)/.installed-dev ## check style, types, import layers, dependencies and locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m pip check
	$(BIN)/pytest tests/unit/test_locks.py

bench: $(VENV)/.installed-bench ## measure, in short; bench/README.md says how to measure at length
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lock: ## write the locks anew from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    pyproject.toml --group build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    pyproject.toml --group dev -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    pyproject.toml --group bench -o requirements-bench.lock

$(VENV)/bin/pip:
	@for python in $(PYTHON) ""; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "No Python of at least 3.11 among: $(PYTHON). Install one, or say PYTHON=/path/to/it" >&2; \
	    exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make environments: install its venv package (Debian: python3-venv)" >&2; \
	    exit 1; \
	fi; \
	"$$python" -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/pip requirements.lock pyproject.toml
	@$(INSTALL) requirements.lock
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/pip requirements-dev.lock pyproject.toml
	@$(INSTALL) requirements-dev.lock
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(VENV)/bin/pip requirements-bench.lock pyproject.toml
	@$(INSTALL) requirements-bench.lock
	@touch $@ $(VENV)/.installed-dev $(VENV)/.installed
