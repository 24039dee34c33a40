# Everything a person or a machine does here, by name. `make` lists it.
# No variable is expanded unquoted: the checkout may lie in a folder with a space in its name.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BOOT := $(shell command -v python3 || command -v python)
PY := .venv/bin/python
LIBRARY ?=
PORT ?= 8000
COUNT ?= 20000

.PHONY: help setup run test lint types unit e2e web web-test fmt bench demo openapi check

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Make .venv with everything that is needed, and build the page
	@"$(BOOT)" tools/setup.py

run: setup ## Serve a library: make run [LIBRARY="/path one"] [PORT=8000]; without one, a demo library
	@"$(PY)" tools/run.py --port "$(PORT)" --library "$(LIBRARY)"

test: setup ## Lint, types, page tests, unit, API and browser tests
	@"$(PY)" tools/setup.py --browser
	@"$(PY)" -m ruff check .
	@"$(PY)" -m ruff format --check .
	@"$(PY)" -m mypy
	@"$(PY)" tools/npm.py run lint
	@"$(PY)" tools/npm.py test
	@"$(PY)" -m pytest

unit: ## Only the Python tests without the browser
	@"$(PY)" -m pytest -m "not browser"

e2e: ## Only the browser tests
	@"$(PY)" -m pytest -m browser

web: ## Build the page
	@"$(BOOT)" tools/setup.py --force-web

web-test: ## Tests of the page
	@"$(PY)" tools/npm.py test

lint: ## ruff
	@"$(PY)" -m ruff check .

types: ## mypy
	@"$(PY)" -m mypy

fmt: ## Format all Python files
	@"$(PY)" -m ruff format .
	@"$(PY)" -m ruff check --fix .

bench: setup ## Index and search a synthetic library: make bench [COUNT=20000]
	@"$(PY)" -m benchmarks.bench --count "$(COUNT)"

demo: setup ## Make the demo library
	@"$(PY)" tools/make_demo.py .demo/library

openapi: ## Write the OpenAPI document that the tests compare with
	@"$(PY)" tools/export_openapi.py

check: lint types unit ## What one runs before a commit
