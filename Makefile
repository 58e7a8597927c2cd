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

.PHONY: help install run test chaos check bench test-up test-status test-logs test-down lock

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=/path/to/python3 chooses the interpreter, VENV=folder another environment"

install: $(VENV)/.installed ## make the environment .venv with what the scanner needs

run: $(VENV)/.installed ## run the whole system here, until Ctrl-C; a demo when no key is set
	@exec $(BIN)/scanner up

# A file's tests stay together, and files are handed out in the order of tests/conftest.py.
PYTEST = $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.installed-dev ## run the tests; ARGS='tests/unit -x' adds to the options
	$(PYTEST) -m "not chaos" $(ARGS)

chaos: $(VENV)/.installed-dev ## run the slower tests that kill and freeze real processes
	$(PYTEST) -m chaos $(ARGS)

check: $(VENV)/.installed-dev ## check style, types, import layers, dependencies and locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=bench $(BIN)/mypy bench/*.py
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m pip check
	$(BIN)/pytest tests/unit/test_locks.py

bench: $(VENV)/.installed-bench ## measure, in short; bench/README.md says how to measure at length
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

# A project of its own, whatever the shell says: `test-down` must not meet the data of another.
COMPOSE = docker compose --env-file docker/test.env --project-name krx-scanner-test
TEST_SERVICES = redis-test postgres-test mock-kiwoom-api mock-websocket mock-kis \
    scan-worker-test signal-worker-test beat-test gateway-test
STATUS = $(COMPOSE) ps --all --format 'table {{.Service}}\t{{.Status}}\t{{.Ports}}'
NEEDS_DOCKER = docker compose version > /dev/null 2>&1 || { \
	echo "Docker with its compose plugin is needed: https://docs.docker.com/compose/install" >&2; \
	exit 1; \
}

test-up: ## bring up the test environment in containers: mock brokers and a scanner that uses them
	@$(NEEDS_DOCKER)
	@$(COMPOSE) up --build --detach --wait --wait-timeout 300 $(TEST_SERVICES) || { \
	    $(STATUS); \
	    echo "Not all of it is healthy: see make test-logs; make test-down removes it" >&2; \
	    exit 1; \
	}
	@echo "Everything is healthy, on 127.0.0.1:"
	@echo "  5112  gateway                   http://127.0.0.1:5112 (token: a-test-gateway-token)"
	@echo "  5116  mock Kiwoom REST          http://127.0.0.1:5116/docs"
	@echo "  5117  mock WebSocket            ws://127.0.0.1:5117/ws"
	@echo "  5118  mock KIS                  http://127.0.0.1:5118/docs"
	@echo "  5434  PostgreSQL                postgresql://scanner:scanner@127.0.0.1:5434/scanner"
	@echo "  6381  Redis                     redis://127.0.0.1:6381/0"
	@echo "Scan the mock market:"
	@echo "  $(COMPOSE) exec scan-worker-test scanner scan --market all --wait"

test-status: ## say how the containers of the test environment are
	@$(NEEDS_DOCKER)
	@$(STATUS)

test-logs: ## show their logs; ARGS='--follow mock-kis' chooses
	@$(NEEDS_DOCKER)
	@$(COMPOSE) logs --timestamps $(ARGS)

test-down: ## remove the test environment: containers, network, volumes
	@$(NEEDS_DOCKER)
	@$(COMPOSE) down --volumes --remove-orphans

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
