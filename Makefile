# Commands for development and continuous integration. `make` lists them.
# Recipes read values from the environment, in quotes: folder names may contain spaces.
.DEFAULT_GOAL := help
BOOT := $(shell command -v python3 || command -v python)
ifeq ($(OS),Windows_NT)
PY := .venv/Scripts/python.exe
else
PY := .venv/bin/python
endif
LIBRARY ?=
PORT ?= 8000
COUNT ?= 20000
MINUTES ?= 10
FILES ?=
export LIBRARY PORT COUNT MINUTES FILES

.PHONY: help setup run demo test check lint types unit e2e web web-test fmt bench bench-search fuzz openapi lock

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  %-10s %s\n", $$1, $$2 }'

setup: ## Create .venv with all requirements, and build the page
	@"$(BOOT)" tools/setup.py

run: setup ## Serve a library: make run [LIBRARY="/path one"] [PORT=8000]; default: a demo library
	@"$(PY)" tools/run.py --port "$$PORT" --library "$$LIBRARY"

demo: setup ## Create the demo library in .demo/library
	@"$(PY)" tools/make_demo.py .demo/library

test: ## Everything: lint, types, tests of the page, unit, API and browser tests
	@"$(BOOT)" tools/setup.py --tests
	@"$(PY)" tools/test.py

check: ## Checks before a commit: lint, types, Python tests without a browser
	@"$(PY)" tools/test.py lint types unit

lint: ## Style, format, sizes and import contracts; also the style of the page
	@"$(PY)" tools/test.py lint web-lint

types: ## Types of the Python code
	@"$(PY)" tools/test.py types

unit: ## Python tests without the browser
	@"$(PY)" tools/test.py unit

e2e: ## Browser tests
	@"$(PY)" tools/test.py browser

web: ## Build the page
	@"$(BOOT)" tools/setup.py --force-web

web-test: ## Tests of the page
	@"$(PY)" tools/test.py web-test

fmt: ## Format all Python files
	@"$(PY)" -m ruff format .
	@"$(PY)" -m ruff check --fix .

bench: setup ## Index and search a synthetic library: make bench [COUNT=20000]
	@"$(PY)" -m benchmarks.bench --count "$$COUNT"

bench-search: setup ## Search a synthetic library of a million files: make bench-search [SEARCH_COUNT=1000000]
	@"$(PY)" -m benchmarks.bench_search --count "$${SEARCH_COUNT:-1000000}"

fuzz: setup ## Search for input that breaks the metadata readers: make fuzz [MINUTES=10] [FILES="/folder of samples"]
	@"$(PY)" -m pip install --quiet "atheris>=3"
	@"$(PY)" tests/fuzz/metadata.py .fuzz $${FILES:+"$$FILES"} -- -max_total_time=$$((MINUTES * 60)) -timeout=2 -max_len=50000 -rss_limit_mb=600

openapi: ## Record examples, and write the OpenAPI snapshot and the API reference
	@"$(PY)" tools/record_examples.py
	@"$(PY)" tools/export_openapi.py
	@"$(PY)" tools/api_reference.py

lock: ## Compile requirements/*.txt from pyproject.toml
	@"$(BOOT)" tools/lock.py
