"""What must hold all over the repository: no dead template, names in words, help in French, a scope on what leaves."""

import ast
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class

APPLICATIONS = ("partenaires", "diagnostic", "attributions", "relogement", "suivi")
RACINE = settings.BASE_DIR
GABARITS = RACINE / "templates"
ANGLAIS = re.compile(r"\b(the|and|of|is|with|from)\b", re.IGNORECASE)
# Django finds these by their name alone.
PAR_LEUR_NOM = {"403.html", "404.html", "500.html", "400.html", "403_csrf.html"}


def sources(*dossiers, suffixe=".py"):
    return [chemin for dossier in dossiers for chemin in sorted((RACINE / dossier).rglob(f"*{suffixe}"))]


def gabarits():
    return [chemin.relative_to(GABARITS).as_posix() for chemin in sorted(GABARITS.rglob("*.html"))]


def modeles():
    return [modele for nom in APPLICATIONS for modele in apps.get_app_config(nom).get_models()]


def commandes():
    return sorted(nom for nom, application in get_commands().items() if application in APPLICATIONS)


def test_every_template_is_used():
    textes = [chemin.read_text() for chemin in sources(*APPLICATIONS) + sources("templates", suffixe=".html")]
    inutiles = [nom for nom in gabarits() if nom not in PAR_LEUR_NOM and not any(nom in texte for texte in textes)]
    assert inutiles == []


@pytest.mark.parametrize("nom", gabarits())
def test_no_inline_script_or_style(nom):
    """The content security policy would silence them."""
    texte = (GABARITS / nom).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", texte)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", texte)


@pytest.mark.parametrize("modele", modeles(), ids=lambda modele: modele.__name__)
def test_model_and_its_fields_are_named_in_words(modele):
    assert "verbose_name" in modele._meta.original_attrs
    nommables = [champ for champ in modele._meta.fields if not (champ.auto_created or champ.generated)]
    assert [champ.name for champ in nommables if champ._verbose_name is None] == []


@pytest.mark.parametrize("nom", commandes())
def test_command_has_its_help_in_french(nom):
    commande = load_command_class(get_commands()[nom], nom)
    aide = commande.create_parser("manage.py", nom).format_help()
    assert commande.help
    assert not ANGLAIS.search(commande.help)
    assert "show this help" not in aide


@pytest.mark.parametrize("nom", commandes())
def test_every_option_of_a_command_is_explained(nom):
    parser = load_command_class(get_commands()[nom], nom).create_parser("manage.py", nom)
    assert [action.dest for action in parser._actions if action.help is None] == []


# --- scope of what leaves -------------------------------------------------------------------------------------------


def modeles_sortants(chemin) -> set[str]:
    """Names X of the `X.objects` used in a file of views or API."""
    arbre = ast.parse(chemin.read_text())
    noeuds = [noeud for noeud in ast.walk(arbre) if isinstance(noeud, ast.Attribute) and noeud.attr == "objects"]
    return {noeud.value.id for noeud in noeuds if isinstance(noeud.value, ast.Name)}


def portes():
    return [chemin for nom in APPLICATIONS for chemin in sources(f"{nom}/views", f"{nom}/api")]


# Read through a parent that is scoped itself.
PAR_LEUR_PARENT = {"Operation", "Proposition", "ReferenceMethode", "ProvenanceComptage"}
PAR_NOM = {modele.__name__: modele for modele in modeles()}


@pytest.mark.parametrize("chemin", portes(), ids=lambda chemin: chemin.relative_to(RACINE).as_posix())
def test_model_read_by_a_view_knows_who_may_see_it(chemin):
    sortants = sorted(modeles_sortants(chemin) & set(PAR_NOM) - PAR_LEUR_PARENT)
    assert [nom for nom in sortants if not hasattr(PAR_NOM[nom]._default_manager, "visible_to")] == []


@pytest.mark.parametrize("modele", modeles(), ids=lambda modele: modele.__name__)
def test_a_stranger_sees_no_row_of_any_model(modele, db):
    if hasattr(modele._default_manager, "visible_to"):
        assert not modele._default_manager.visible_to(None).exists()


@pytest.mark.parametrize("chemin", sources(*APPLICATIONS), ids=lambda chemin: chemin.relative_to(RACINE).as_posix())
def test_file_stays_within_its_length(chemin):
    if "migrations" not in chemin.parts:
        assert len(chemin.read_text().splitlines()) <= 350
