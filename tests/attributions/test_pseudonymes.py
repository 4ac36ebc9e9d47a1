"""The SNE number leaves no trace: the hash made by PostgreSQL is Python's, and another key stops everything."""

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from attributions.calculs.pseudonymes import bourrages, pseudonyme
from attributions.services.pseudonymes import remplacer_numeros

NUMEROS = ["0310123456789012AB", "S07000000000000042", "é", "1"]


def hacher(numeros) -> list[str]:
    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE IF EXISTS numeros")
        curseur.execute("CREATE TEMP TABLE numeros (rang serial, numero text)")
        curseur.executemany("INSERT INTO numeros (numero) VALUES (%s)", [[n] for n in numeros])
        remplacer_numeros("numeros", "numero")
        curseur.execute("SELECT numero FROM numeros ORDER BY rang")
        return [numero for (numero,) in curseur.fetchall()]


@pytest.mark.django_db
@pytest.mark.parametrize("cle", ["courte", "k" * 64, "clé plus longue que soixante-quatre octets " * 3])
def test_postgresql_gives_the_hmac_of_python(cle, settings):
    settings.CLE_PSEUDONYME = cle
    assert hacher(NUMEROS) == [pseudonyme(cle, numero) for numero in NUMEROS]


@given(st.text(min_size=1))
def test_pads_undo_into_one_key(cle):
    interieur, exterieur = bourrages(cle)
    assert len(interieur) == len(exterieur) == 64
    assert bytes(a ^ 0x36 for a in interieur) == bytes(b ^ 0x5C for b in exterieur)


@pytest.mark.django_db
def test_neither_key_nor_pads_are_in_the_sql_text(settings, caplog):
    caplog.set_level(logging.DEBUG)
    with CaptureQueriesContext(connection) as requetes:
        hacher(["0310123456789012AB"])
    texte = " ".join(r["sql"] for r in requetes) + caplog.text
    for bourrage in bourrages(settings.CLE_PSEUDONYME):
        assert bourrage.hex() not in texte and repr(bourrage) not in texte
    assert settings.CLE_PSEUDONYME not in texte


@pytest.mark.django_db
def test_another_key_stops_the_import_and_the_check(settings):
    hacher(["1"])
    call_command("check", databases=["default"])
    settings.CLE_PSEUDONYME = "une autre"
    with pytest.raises(ImproperlyConfigured, match="CLE_PSEUDONYME"):
        hacher(["1"])
    with pytest.raises(SystemCheckError, match="CLE_PSEUDONYME"):
        call_command("check", databases=["default"])
