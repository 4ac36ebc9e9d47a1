"""The predicate of an objective: what is refused, and SQL against a three-valued reading in Python (regles §3)."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from attributions.calculs.predicats import PredicatInvalide, champs, compiler, normaliser


def feuille(champ, op, valeur):
    return {"champ": champ, "op": op, "valeur": valeur}


@pytest.mark.parametrize(
    ("predicat", "message"),
    [
        (None, "un objet"),
        ({}, "un objet"),
        ([], "un objet"),
        ({"et": []}, "liste"),
        ({"et": {}, "ou": {}}, "attendu"),
        ({"non": []}, "predicat.non"),
        (feuille("inconnu", "=", 1), "champ"),
        (feuille(["quartile"], "=", 1), "champ"),
        (feuille("age", "~", 1), "op"),
        (feuille("dalo", "<", True), "op"),
        (feuille("dalo", "=", 1), "true ou false"),
        (feuille("age", "=", True), "nombre"),
        (feuille("age", "=", "12"), "nombre"),
        (feuille("age", "<", float("nan")), "nombre"),
        (feuille("age", "<", float("inf")), "nombre"),
        (feuille("age", "<", 1e30), "nombre"),
        (feuille("age", "<", 10**400), "nombre"),
        (feuille("quartile", "dans", [5]), "quartile"),
        (feuille("quartile", ">", 4), "quartile"),
        (feuille("quartile", "dans", 1), "liste"),
        (feuille("statut_emploi", "=", "  "), "texte"),
        (feuille("statut_emploi", "=", "\0"), "texte"),
        ({"champ": "age", "op": "="}, "attendu"),
        ({"ou": [feuille("age", "<", 30), feuille("rien", "=", 1)]}, r"ou\[1\]"),
    ],
)
def test_what_a_predicate_may_not_be(predicat, message):
    with pytest.raises(PredicatInvalide, match=message):
        normaliser(predicat)


def test_too_deep_is_refused():
    predicat = feuille("age", "<", 30)
    for _ in range(12):
        predicat = {"non": predicat}
    with pytest.raises(PredicatInvalide, match="niveaux"):
        normaliser(predicat)


def test_texts_are_compared_without_case_nor_accents():
    assert normaliser(feuille("statut_emploi", "dans", ["Intérim", " cdi "]))["valeur"] == ["INTERIM", "CDI"]


def test_a_normal_predicate_is_its_own_normal_form():
    predicat = {"et": [feuille("age", ">=", 30.5), {"non": feuille("commune_actuelle", "=", "2a004")}]}
    assert normaliser(normaliser(predicat)) == normaliser(predicat)
    assert champs(predicat) == {"age", "commune_actuelle"}


# --- SQL against Python ---------------------------------------------------------------------------------------------

COLONNES = {
    "quartile": "int",
    "age": "int",
    "pct_plafond_plus": "numeric",
    "dalo": "boolean",
    "reloge": "boolean",
    "statut_emploi": "text",
}
VALEURS = {
    "quartile": st.sampled_from([None, 1, 2, 3, 4, 24]),
    "age": st.sampled_from([None, 29, 30, 31]),
    "pct_plafond_plus": st.sampled_from([None, Decimal("59.99"), Decimal("60.00"), Decimal("60.01")]),
    "dalo": st.sampled_from([None, True, False]),
    "reloge": st.booleans(),
    "statut_emploi": st.sampled_from([None, "CDI", "RETRAITE", "CHOMAGE"]),
}
OPERATEURS = ["=", "<", "<=", ">", ">="]
FEUILLES = st.one_of(
    st.builds(feuille, st.just("quartile"), st.just("dans"), st.lists(st.integers(1, 4), min_size=1, max_size=4)),
    st.builds(feuille, st.just("age"), st.sampled_from(OPERATEURS), st.integers(29, 31)),
    st.builds(feuille, st.just("pct_plafond_plus"), st.sampled_from(OPERATEURS), st.sampled_from([59.99, 60, 60.01])),
    st.builds(feuille, st.sampled_from(["dalo", "reloge"]), st.just("="), st.booleans()),
    st.builds(feuille, st.just("statut_emploi"), st.just("dans"), st.just(["cdi", "retraité"])),
)
PREDICATS = st.recursive(
    FEUILLES,
    lambda p: st.one_of(
        st.builds(lambda b: {"et": b}, st.lists(p, min_size=1, max_size=3)),
        st.builds(lambda b: {"ou": b}, st.lists(p, min_size=1, max_size=3)),
        st.builds(lambda b: {"non": b}, p),
    ),
    max_leaves=6,
)


def juger(predicat, menage):
    """True, False or None (unknown), read from the rule."""
    if "et" in predicat:
        branches = [juger(b, menage) for b in predicat["et"]]
        return False if False in branches else None if None in branches else True
    if "ou" in predicat:
        branches = [juger(b, menage) for b in predicat["ou"]]
        return True if True in branches else None if None in branches else False
    if "non" in predicat:
        dedans = juger(predicat["non"], menage)
        return None if dedans is None else not dedans
    valeur, voulu = menage[predicat["champ"]], predicat["valeur"]
    if valeur is None:
        return None
    if predicat["champ"] == "quartile":
        possibles = {q in voulu for q in ((2, 3, 4) if valeur == 24 else (valeur,))}
        return possibles.pop() if len(possibles) == 1 else None
    if predicat["op"] == "dans":
        return valeur in ("CDI", "RETRAITE")
    voulu = Decimal(str(voulu)) if not isinstance(voulu, bool) else voulu
    return {
        "=": valeur == voulu,
        "<": valeur < voulu,
        "<=": valeur <= voulu,
        ">": valeur > voulu,
        ">=": valeur >= voulu,
    }[predicat["op"]]


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(PREDICATS, st.fixed_dictionaries(VALEURS))
def test_sql_judges_as_the_rule_does(predicat, menage):
    sql = compiler(normaliser(predicat), "a", "p_")
    colonnes = ", ".join(f"%({c})s::{genre} AS {c}" for c, genre in COLONNES.items())
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {sql.condition}, {sql.inconnu} FROM (SELECT {colonnes}) a", {**sql.parametres, **menage}
        )
        condition, inconnu = curseur.fetchone()
    assert condition is juger(predicat, menage)
    assert inconnu or condition is not None
