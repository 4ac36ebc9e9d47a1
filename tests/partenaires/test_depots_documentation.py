"""The page of the formats says what the contracts say."""

from pathlib import Path

from partenaires.depots.contrats import REGISTRE
from partenaires.depots.documentation import page

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"


def test_page_is_the_one_of_the_contracts():
    assert DOCS.read_text() == page(), "Refaites-la : python manage.py formats > docs/formats.md"


def test_every_type_and_column_is_there():
    texte = page()
    for un_format in REGISTRE.values():
        assert f"## `{un_format.type}`" in texte
        for colonne in un_format.colonnes:
            assert f"`{colonne.nom}`" in texte or colonne.nom.startswith("__")
