# `make` alone lists what one can do.
.DEFAULT_GOAL := aide
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# The interpreter is the one of the local venv, never one that uv would download.
# Certificates are those of the system: many public networks have an authority of their own.
UV := UV_PROJECT_ENVIRONMENT=$(VENV) UV_PYTHON=$(PY) UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 \
	UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 $(VENV)/bin/uv
ifeq ($(strip $(HOME)),)
UV := UV_CACHE_DIR=$(VENV)/cache $(UV)
endif
# Second run of the marked tests: a database and a Redis prefix of its own on the servers of the machine.
SERVICES := DATABASE_URL=postgres://postgres@127.0.0.1:5432/essai_cil CELERY_BROKER_URL=redis://127.0.0.1:6379/0 \
	REDIS_PREFIXE=essai-cil CELERY_FILE=essai-cil

.PHONY: aide installer demo test test-services test-partage e2e captures bench robustesse qualite prod-check

aide: ## liste les cibles
	@grep -hE '^[a-z0-9-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.installe: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Il faut Python 3.11 ou plus : installez-le, ou indiquez-le par make $(MAKECMDGOALS) PYTHON=/chemin/python3.11" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); \
		echo "Le module venv de Python manque. Sous Debian ou Ubuntu : apt-get install python3-venv" >&2; exit 1; }
	@echo "Installation des dépendances dans $(VENV)…"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(UV) sync --frozen --quiet --inexact
	@touch $@

installer: $(VENV)/.installe ## installe les dépendances dans .venv

demo: $(VENV)/.installe ## charge le territoire fictif et sert sur http://127.0.0.1:8000 (PORT=8001 pour changer)
	@$(PY) manage.py demo --port $(PORT)

test: $(VENV)/.installe ## la suite complète
	@$(PY) -m pytest

test-services: $(VENV)/.installe ## les tests marqués « services », sur le PostgreSQL et le Redis de la machine
	@$(SERVICES) $(PY) -m pytest -m services

test-partage: $(VENV)/.installe ## les tests qui lisent ../shared
	@$(PY) -m pytest -m partage

e2e: $(VENV)/.installe ## tests dans le navigateur (Chromium)
	@$(PY) -m pytest -m e2e tests/e2e

captures: $(VENV)/.installe ## refait l'image du README, sur la démonstration entière
	@LOGEMENTS=12000 $(PY) -m pytest -m e2e tests/e2e/test_pages.py -k readme
	@mkdir -p docs/captures && cp var/captures/tableau-de-bord.png docs/captures/

bench: $(VENV)/.installe ## tableau des mesures
	@$(PY) -m tests.bench

robustesse: $(VENV)/.installe ## longues épreuves de panne et de données abîmées
	@$(PY) -m pytest -m robustesse

qualite: $(VENV)/.installe ## ruff, imports à sens unique, types, migrations, gabarits morts
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest -q tests/test_coherence.py

prod-check: $(VENV)/.installe ## manage.py check --deploy, avec des valeurs d'exemple pour les variables absentes
	@DEBUG=0 SECRET_KEY="$${SECRET_KEY:-$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')}" \
		CLE_PSEUDONYME="$${CLE_PSEUDONYME:-exemple-de-cle-de-pseudonymes}" \
		CLE_CHIFFREMENT="$${CLE_CHIFFREMENT:-exemple-de-cle-de-chiffrement}" \
		ALLOWED_HOSTS="$${ALLOWED_HOSTS:-cil.exemple.invalid}" \
		DATABASE_URL="$${DATABASE_URL:-postgres://cil@127.0.0.1:5432/cil}" \
		CELERY_BROKER_URL="$${CELERY_BROKER_URL:-redis://127.0.0.1:6379/0}" \
		$(PY) manage.py check --deploy --fail-level WARNING
