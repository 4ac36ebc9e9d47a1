"""Rows made column by column come out of PostgreSQL as they were."""

from datetime import UTC, datetime

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostic.calculs import copie_binaire as binaire

TABLE = """CREATE TEMP TABLE copie (rang int, petit smallint, grand bigint, reel float8, texte text, parmi varchar(10),
    reels float8[], petits smallint[], mots varchar(60)[], quand timestamptz)"""
MOMENT = datetime(2026, 11, 20, 3, 4, 5, 678901, tzinfo=UTC)
MOTS = [[], ["une"], ["deux", "né à l'été"]]
reel = st.one_of(st.none(), st.floats(allow_nan=False))
petit = st.integers(-(2**15), 2**15 - 1)
texte = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
ligne = st.tuples(
    st.one_of(st.none(), petit),
    st.integers(-(2**63), 2**63 - 1),
    reel,
    texte,
    st.sampled_from([None, "", "oui", "éà"]),
    st.lists(reel, min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), petit), min_size=2, max_size=2),
    st.sampled_from(range(3)),
)


def nombres(valeurs) -> np.ndarray:
    return np.array([[np.nan if v is None else v for v in ligne] for ligne in valeurs], dtype=float)


def copier(lignes) -> list[tuple]:
    petits, grands, reels, textes, parmi, suites, courtes, mots = zip(*lignes)
    possibles = sorted(set(parmi), key=str)
    blocs = [
        binaire.entiers(np.arange(len(lignes)), 4),
        binaire.entiers([p or 0 for p in petits], 2, np.array([p is None for p in petits])),
        binaire.entiers(grands, 8),
        binaire.doubles(nombres([reels])[0]),
        binaire.textes(np.array([t.encode() for t in textes], dtype="S")),
        binaire.parmi(
            np.array([possibles.index(p) for p in parmi]), [None if p is None else p.encode() for p in possibles]
        ),
        binaire.tableau(nombres(suites), "f8", binaire.OID_DOUBLE),
        binaire.tableau(nombres(courtes), "i2", binaire.OID_SMALLINT),
        binaire.parmi(np.array(mots), [binaire.tableau_de_textes(m) for m in MOTS]),
        binaire.instant(MOMENT, len(lignes)),
    ]
    with connection.cursor() as curseur:
        curseur.execute(f"DROP TABLE IF EXISTS copie; {TABLE}")
        with curseur.copy("COPY copie FROM STDIN (FORMAT binary)") as copie:
            copie.write(binaire.ENTETE)
            copie.write(binaire.lignes(blocs))
            copie.write(binaire.FIN)
        curseur.execute("SELECT * FROM copie ORDER BY rang")
        return curseur.fetchall()


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lignes=st.lists(ligne, min_size=1, max_size=8))
def test_rows_come_out_as_they_were(lignes):
    attendues = [(rang, *valeurs[:-1], MOTS[valeurs[-1]], MOMENT) for rang, valeurs in enumerate(lignes)]
    assert copier(lignes) == attendues


@pytest.mark.django_db
def test_an_empty_array_has_the_type_of_its_column():
    with connection.cursor() as curseur:
        curseur.execute("CREATE TEMP TABLE vide (reels float8[])")
        with curseur.copy("COPY vide FROM STDIN (FORMAT binary)") as copie:
            vide = binaire.lignes([binaire.constante(binaire.tableau_vide(binaire.OID_DOUBLE), 2)])
            copie.write(binaire.ENTETE + vide + binaire.FIN)
        curseur.execute("SELECT reels FROM vide")
        assert curseur.fetchall() == [([],), ([],)]
