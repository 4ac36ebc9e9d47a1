"""Objectives that the conventions write, as data alone: Limoges, Pau, Nantes, Creil, places, senses (regles §3)."""

from datetime import date

import pytest

from attributions.models import Jalon, Objectif
from attributions.services import atteintes
from attributions.services.objectifs import assurer_legaux
from diagnostic.models import Indice, Methode
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def territoire():
    f.residence("R1")
    f.seuil(2025)
    assurer_legaux(f.EPCI)


def lire(**filtres):
    atteintes.recalculer(f.EPCI, date(2026, 11, 20))
    return atteintes.lire(f.adhesion("epci"), **filtres)


def une(objectif, **filtres):
    (ligne,) = lire(objectif=objectif, **filtres)
    return ligne


def compte(objectif):
    ligne = une(objectif)
    return ligne.numerateur, ligne.denominateur, ligne.inconnus


Q1 = {"champ": "quartile", "op": "dans", "valeur": [1]}
RELOGE = {"champ": "reloge", "op": "=", "valeur": True}
ACTIVITES = ["CDI", "CDD", "STAGE", "INTERIM", "ARTISAN", "COMMERCANT", "PROFESSION LIBERALE", "RETRAITE", "APPRENTI"]
NANTES = {
    "et": [
        {"champ": "statut_emploi", "op": "dans", "valeur": ACTIVITES},
        {"champ": "pct_plafond_plus", "op": ">", "valeur": 60},
    ]
}


def attribuer(nombre, **champs):
    for _ in range(nombre):
        f.attribution(**champs)


@pytest.mark.parametrize(("q1", "reloges", "atteint", "reste"), [(3, 5, True, 0), (4, 5, False, 0), (3, 4, True, 1)])
def test_limoges_strict_maximum_of_q1_and_rehoused(q1, reloges, atteint, reste):
    f.objectif({"ou": [Q1, RELOGE]}, sens="maximum", valeur=0.36, stricte=True, code="limoges")
    attribuer(q1, quartile=1)
    attribuer(reloges, quartile=3, reloge=True)
    attribuer(25 - q1 - reloges, quartile=3)
    ligne = une("limoges")  # 9 of 25 is exactly 36 %
    assert (ligne.atteint, ligne.reste_a_faire) == (atteint, reste)


def test_limoges_milestones_follow_one_another():
    objectif = f.objectif(Q1, sens="maximum", valeur=0.36, stricte=True, code="limoges", fin=date(2023, 12, 31))
    Jalon.objects.create(objectif=objectif, debut=date(2024, 1, 1), fin=date(2027, 12, 31), valeur=0.22, stricte=True)
    for annee in (2023, 2024, 2025):
        attribuer(annee - 2022, date_caleol=date(annee, 3, 1))
        attribuer(4 - annee + 2022, date_caleol=date(annee, 3, 1), quartile=2)
    lignes = {ligne.annee: ligne for ligne in lire(objectif="limoges")}
    assert {annee: ligne.cible for annee, ligne in lignes.items()} == {2023: 0.36, 2024: 0.22, 2025: 0.22}
    assert lignes[2025].taux_periode == 0.625  # five of eight over 2024-2025, each year judged apart


def test_pau_maximum_share_of_very_low_resources():
    f.objectif({"champ": "pct_plafond_plus", "op": "<", "valeur": 20}, sens="maximum", valeur=0.15, code="pau")
    attribuer(3, pct_plafond_plus=19.99)
    attribuer(16, pct_plafond_plus=20)
    attribuer(1, pct_plafond_plus=None)
    ligne = une("pau")
    assert (ligne.numerateur, ligne.denominateur, ligne.inconnus, ligne.atteint) == (3, 20, 1, True)


@pytest.mark.parametrize(
    ("vrais", "atteint", "reste"),
    [(4, False, {"min": 1, "max": 3}), (5, True, {"min": 0, "max": 2}), (8, False, {"min": 0, "max": 0})],
)
def test_nantes_range_on_employment_and_resources(vrais, atteint, reste):
    f.objectif(NANTES, perimetre="en_qpv", sens="fourchette", valeur=0.2, valeur_max=0.3, code="nantes")
    attribuer(vrais, en_qpv=True, statut_emploi="CDI", pct_plafond_plus=60.01)
    attribuer(25 - vrais - 2, en_qpv=True, statut_emploi="CDI", pct_plafond_plus=60)
    attribuer(1, en_qpv=True, statut_emploi="CHOMAGE", pct_plafond_plus=90)
    attribuer(1, en_qpv=True, statut_emploi="", pct_plafond_plus=None)
    attribuer(5, en_qpv=False, statut_emploi="CDI", pct_plafond_plus=90)
    ligne = une("nantes")
    assert (ligne.numerateur, ligne.denominateur, ligne.atteint, ligne.reste_a_faire) == (vrais, 25, atteint, reste)


def test_creil_minimum_rises_by_milestones():
    objectif = f.objectif(Q1, "hors_qpv", "bail", valeur=0.16, code="creil", fin=date(2024, 12, 31))
    Jalon.objects.create(objectif=objectif, debut=date(2025, 1, 1), valeur=0.25)
    for annee in (2024, 2025):
        attribuer(4, date_caleol=date(annee, 3, 1), date_bail=date(annee, 4, 1))
        attribuer(16, date_caleol=date(annee, 3, 1), date_bail=date(annee, 4, 1), quartile=2)
    assert {ligne.annee: ligne.atteint for ligne in lire(objectif="creil")} == {2024: True, 2025: False}


def test_maintien_is_judged_against_the_year_before_the_first_milestone():
    f.objectif(Q1, sens="maintien", valeur=None, code="maintien")
    Jalon.objects.create(objectif=Objectif.objects.get(code="maintien"), debut=date(2025, 1, 1))
    attribuer(8, date_caleol=date(2024, 3, 1)), attribuer(16, date_caleol=date(2024, 3, 1), quartile=2)
    attribuer(7), attribuer(14, quartile=2)
    ligne = une("maintien", annee=2025)
    assert (ligne.cible, ligne.atteint) == (0.3333, True)


def test_convergence_asks_that_the_gap_to_the_territory_shrinks():
    f.objectif(Q1, "en_qpv", sens="convergence", valeur=None, code="convergence")
    Jalon.objects.create(objectif=Objectif.objects.get(code="convergence"), debut=date(2024, 1, 1))
    for annee, q1_en_qpv in ((2023, 16), (2024, 15), (2025, 17)):
        jour = date(annee, 3, 1)
        attribuer(q1_en_qpv, date_caleol=jour, en_qpv=True)
        attribuer(20 - q1_en_qpv, date_caleol=jour, en_qpv=True, quartile=2)
        attribuer(20, date_caleol=jour, en_qpv=False, quartile=2)
    verdicts = {ligne.annee: ligne.atteint for ligne in lire(objectif="convergence")}
    assert verdicts == {2023: None, 2024: True, 2025: False}


@pytest.mark.parametrize("nature", ["secteur", "npnru", "qva"])
def test_place_of_an_objective_is_judged_by_the_version_in_force(nature):
    f.perimetre("S1", nature=nature, version="2015"), f.perimetre("S1", nature=nature, version="2019")
    residence = f.residence("R2")
    f.appartenance(residence, "S1", nature=nature, version="2015")
    f.appartenance(residence, nature=nature, version="2019", dedans=False)
    f.objectif(Q1, {"type": nature, "code": "S1"}, code="lieu")
    for jour in (date(2018, 12, 31), date(2019, 1, 1)):
        f.attribution(jour, residence=residence.identifiant)
    assert [(ligne.annee, ligne.denominateur) for ligne in lire(objectif="lieu")] == [(2018, 1)]


def test_place_may_be_a_commune_a_residence_or_a_qpv():
    f.objectif(Q1, {"type": "commune", "code": f.COMMUNE}, code="commune")
    f.objectif(Q1, {"type": "residence", "code": f"{f.BAILLEUR}:R1"}, code="residence")
    f.objectif(Q1, {"type": "qpv", "code": "QP1"}, code="qpv")
    f.attribution(residence=f"{f.BAILLEUR}:R1"), f.attribution(commune="99002", en_qpv=True, qpv="QP1")
    assert [compte(code) for code in ("commune", "residence", "qpv")] == [(1, 1, 0)] * 3


def test_place_may_be_a_class_of_residences_at_the_latest_millesime_before_the_event():
    methode = Methode.objects.filter(code="valenciennes").first()
    for millesime, classe in ((2024, "Préservés"), (2026, "Fragilité marquée")):
        Indice.objects.create(
            methode=methode,
            epci=f.EPCI,
            niveau="residence",
            territoire=f"{f.BAILLEUR}:R1",
            millesime=millesime,
            classe=classe,
            calcule_le="2026-01-01T00:00Z",
        )
    f.objectif(Q1, {"type": "classe", "code": "valenciennes:Préservés"}, code="classe")
    for jour in (date(2023, 5, 1), date(2025, 5, 1), date(2026, 5, 1)):
        f.attribution(jour, residence=f"{f.BAILLEUR}:R1")
    assert [(ligne.annee, ligne.denominateur) for ligne in lire(objectif="classe")] == [(2025, 1)]


def test_objective_of_a_bailleur_and_a_reservataire_counts_their_rows_alone():
    f.objectif(Q1, bailleur=f.BAILLEUR, reservataire="commune", code="contingent")
    f.attribution(), f.attribution(bailleur="900100002"), f.attribution(reservataire="epci")
    assert compte("contingent") == (1, 1, 0)
