# `make` alone lists what one can do.
.DEFAULT_GOAL := aide
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: aide installer demo test test-services test-partage e2e bench robustesse qualite prod-check migrer

aide: ## liste les cibles
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(VENV)/.installe: pyproject.toml uv.lock
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/bin/uv sync --frozen --quiet --inexact
	@touch $@

installer: $(VENV)/.installe ## installe l'environnement (uv dans le venv local)

demo: installer ## installe, charge l'EPCI fictif et sert sur http://127.0.0.1:8000 (PORT=8001 pour changer)
	@$(PY) manage.py demo --port $(PORT)

test: installer ## la suite complète
	@$(PY) -m pytest

test-services: installer ## les tests marqués, sur le PostgreSQL et le Redis de la machine, et ceux qui lisent ../shared
	@DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres CELERY_BROKER_URL=redis://127.0.0.1:6379/0 REDIS_PREFIXE=essai-cil CELERY_FILE=essai-cil \
		$(PY) -m pytest -m "services or partage"

e2e: installer ## tests dans le navigateur (Chromium)
	@$(PY) -m pytest -m e2e tests/e2e

bench: installer ## tableau des mesures
	@$(PY) -m tests.bench

robustesse: installer ## longues épreuves de panne et de données abîmées
	@$(PY) -m pytest -m robustesse

qualite: installer ## ruff, import-linter, types, migrations, gabarits morts
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest -q tests/test_coherence.py

prod-check: installer ## manage.py check --deploy
	@DEBUG=0 $(PY) manage.py check --deploy --fail-level WARNING
