"""Recomputation of the indices of a territory from its counts, and what the reference year is."""

import pytest

from diagnostic.calculs.indices_scores import Etat
from diagnostic.models import Comptage, Indice, Methode, ProvenanceComptage, ReferenceMethode
from diagnostic.services import indices
from tests import fabriques as f
from tests.diagnostic.territoire_d_indices import AUTRE, QPV, agregats, etat_locatif, ops, residence, territoire

__all__ = ["territoire"]
pytestmark = pytest.mark.django_db


def calculer(**champs):
    indices.recalculer(f.EPCI, **champs)
    return {(i.methode.code, i.niveau, i.territoire, i.millesime): i for i in Indice.objects.select_related("methode")}


def test_every_level_has_its_value_on_the_sum_of_the_bailleurs(territoire):
    calcules = calculer()
    assert {cle[:3] for cle in calcules} == {
        (methode, niveau, place)
        for methode in ("repere17_precarite", "valenciennes")
        for niveau, place in (
            ("residence", f"{f.BAILLEUR}:R1"),
            ("residence", f"{AUTRE}:R2"),
            ("qpv", QPV),
            ("commune", f.COMMUNE),
            ("epci", f.EPCI),
        )
    }
    for niveau, place in (("qpv", QPV), ("commune", f.COMMUNE), ("epci", f.EPCI)):
        assert calcules["valenciennes", niveau, place, 2025].valeur == 1
        assert calcules["repere17_precarite", niveau, place, 2025].valeur == 100
        assert calcules["valenciennes", niveau, place, 2025].repondants == 100


def test_residence_worked_out_by_hand(territoire):
    """R1: arrears, APL and PLAI at the territory's rate; rotation 4 % against 12 of 150, 8 %: (1 + 1 + 1 + .5) / 4."""
    lu = calculer()["valenciennes", "residence", f"{f.BAILLEUR}:R1", 2025]
    assert (lu.valeur, lu.classe, lu.rang_classe) == (0.875, "Préservés", 0)
    assert (lu.bailleur, lu.commune, lu.qpv, lu.repondants, lu.alertes) == (f.BAILLEUR, f.COMMUNE, QPV, 60, [])
    assert lu.contributions == pytest.approx([0.25, 0.25, 0.25, 0.125])


def test_place_without_recent_arrivals_has_its_value_on_the_other_components(territoire):
    lu = calculer()["repere17_precarite", "residence", f"{AUTRE}:R2", 2025]
    assert (lu.valeur, lu.alertes) == (pytest.approx(100), ["composante_peu_de_repondants"])
    assert lu.contributions == [pytest.approx(100 / 3)] * 3 + [None]
    assert lu.etats == [Etat.PRESENTE] * 3 + [Etat.PEU_DE_REPONDANTS]


def test_place_without_rent_roll_misses_its_components(territoire):
    residence("R3", f.BAILLEUR, ops(20, 8, 10, 6, 12))
    lu = calculer()["valenciennes", "residence", f"{f.BAILLEUR}:R3", 2025]
    assert (lu.valeur, lu.alertes) == (1, ["composante_manquante"])


@pytest.mark.parametrize(("repondants", "a_une_valeur"), [(10, False), (11, True)])
def test_place_with_counts_but_too_few_respondents_has_its_row_without_value(territoire, repondants, a_une_valeur):
    residence("R3", f.BAILLEUR, ops(repondants, 4, 5, 3, 6) | etat_locatif(30, 3, 25, 2))
    lu = calculer()["valenciennes", "residence", f"{f.BAILLEUR}:R3", 2025]
    assert (lu.valeur is not None, lu.classe != "") == (a_une_valeur, a_une_valeur)
    assert ("repondants_insuffisants" in lu.alertes) is not a_une_valeur
    assert (lu.contributions != [None] * 4) is a_une_valeur


def test_dwellings_alone_give_a_row_without_value(territoire):
    residence("R3", f.BAILLEUR, {"logements": 30})
    lu = calculer()["valenciennes", "residence", f"{f.BAILLEUR}:R3", 2025]
    assert (lu.valeur, lu.repondants) == (None, 0)
    assert lu.alertes[0] == "repondants_insuffisants"


def test_only_millesimes_with_a_source_of_the_method_are_computed(territoire):
    agregats(f.BAILLEUR, etat_locatif(150, 12, 100, 10), millesime=2024)
    agregats(f.BAILLEUR, {"logements": 150}, millesime=2023)
    calcules = calculer()
    assert {m for code, _, _, m in calcules if code == "valenciennes"} == {2024, 2025}
    assert {m for code, _, _, m in calcules if code == "repere17_precarite"} == {2025}
    assert calcules["valenciennes", "epci", f.EPCI, 2024].valeur is None


def test_recomputing_one_millesime_leaves_the_others(territoire):
    agregats(f.BAILLEUR, ops(100, 40, 50, 30, 60), millesime=2024)
    calculer()
    Indice.objects.update(valeur=7)
    valeurs = {millesime: i.valeur for (_, _, _, millesime), i in calculer(millesimes=[2024]).items()}
    assert valeurs[2025] == 7 and valeurs[2024] != 7


def test_recomputing_changes_nothing_when_nothing_changed(territoire):
    champs = ("methode", "territoire", "version", "millesime", "valeur", "classe", "contributions", "alertes")
    calculer()
    avant = list(Indice.objects.order_by("pk").values_list(*champs))
    calculer()
    assert list(Indice.objects.order_by("pk").values_list(*champs)) == avant


def test_indices_go_when_the_counts_do(territoire):
    calculer()
    Comptage.objects.all().delete()
    assert calculer() == {}


def test_reference_of_repere17_is_the_latest_surveyed_year_at_the_first_computation_for_good(territoire):
    agregats(f.BAILLEUR, ops(100, 20, 50, 30, 60), millesime=2024)
    calculer()
    assert ReferenceMethode.objects.get(epci=f.EPCI).millesime == 2025
    agregats(f.BAILLEUR, ops(100, 60, 50, 30, 60), millesime=2026)
    calcules = calculer()
    assert ReferenceMethode.objects.get(epci=f.EPCI).millesime == 2025
    valeurs = {m: calcules["repere17_precarite", "epci", f.EPCI, m].valeur for m in (2024, 2025, 2026)}
    assert valeurs == pytest.approx({2024: 250 / 3, 2025: 100, 2026: 350 / 3})


def test_reference_year_follows_the_deposits_that_complete_it_and_outlives_them(territoire):
    calculer()
    Comptage.objects.filter(niveau="epci", bailleur=AUTRE).update(n_beneficiaires_apl=30)
    assert calculer()["repere17_precarite", "epci", f.EPCI, 2025].valeur == 100
    assert ReferenceMethode.objects.get().comptes["beneficiaires_apl/ensemble"] == [60, 100]
    Comptage.objects.all().delete()
    agregats(f.BAILLEUR, ops(100, 40, 60, 30, 60), millesime=2026)
    assert calculer()["repere17_precarite", "epci", f.EPCI, 2026].valeur == pytest.approx(100)


def test_valenciennes_compares_with_the_territory_of_the_same_year(territoire):
    agregats(f.BAILLEUR, ops(100, 80, 90, 70, 90), millesime=2026)
    assert calculer()["valenciennes", "epci", f.EPCI, 2026].valeur == 1


def test_draft_and_withdrawn_methods_are_not_computed(territoire):
    Methode.objects.filter(code="valenciennes").update(statut="retiree")
    assert {code for code, *_ in calculer()} == {"repere17_precarite"}


def test_method_of_another_territory_is_not_computed(territoire):
    ailleurs = Methode.objects.get(code="valenciennes")
    Methode.objects.filter(code="valenciennes").update(statut="retiree")
    ailleurs.pk, ailleurs.epci = None, "900000002"
    ailleurs.save()
    assert {code for code, *_ in calculer()} == {"repere17_precarite"}


def test_earlier_perimeter_version_is_said_on_the_levels_that_depend_on_it(territoire):
    ProvenanceComptage.objects.create(
        epci=f.EPCI, millesime=2025, source="ops", perimetre_anterieur=True, calcule_le="2026-11-20T00:00:00Z"
    )
    calcules = calculer()
    assert "perimetre_anterieur" in calcules["valenciennes", "qpv", QPV, 2025].alertes
    assert "perimetre_anterieur" not in calcules["valenciennes", "commune", f.COMMUNE, 2025].alertes


def test_thousands_of_residences_are_computed_within_few_queries(territoire, django_assert_max_num_queries):
    modele = {
        "epci": f.EPCI,
        "niveau": "residence",
        "bailleur": f.BAILLEUR,
        "millesime": 2025,
        "population": "ensemble",
    }
    comptes = ops(60, 24, 30, 18, 36) | etat_locatif(100, 4, 60, 6)
    Comptage.objects.bulk_create(Comptage(**modele, territoire=f"{f.BAILLEUR}:X{i}", **comptes) for i in range(2000))
    with django_assert_max_num_queries(13):
        assert indices.recalculer(f.EPCI) == 2 * 2005
