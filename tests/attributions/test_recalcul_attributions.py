"""From SNE rows to the allocations that count: dwelling, place at each event, quartile, outcome (regles §0-2)."""

from datetime import date
from decimal import Decimal

import pytest

from attributions.models import Attribution
from attributions.services import attributions
from attributions.services.changements import changements
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def quartier():
    """QPV 2015 and 2024 of the territory; residence R1, in the QPV of 2015 alone, R2 in that of 2024 alone."""
    for version, code in (("2015", "QP099001"), ("2024", "QN09901M")):
        f.perimetre(code, version=version)
    for code, dedans in (("R1", {"2015": "QP099001"}), ("R2", {"2024": "QN09901M"})):
        residence = f.residence(code)
        for version in ("2015", "2024"):
            f.appartenance(residence, dedans.get(version, ""), version=version, dedans=version in dedans)


def calculer(evenement, au=date(2026, 11, 20)) -> Attribution:
    attributions.recalculer(f.EPCI, au)
    return Attribution.objects.get(evenement=evenement)


def test_perimeter_is_that_in_force_at_each_event(quartier):
    a = calculer(f.radiation(date(2023, 12, 31), date(2024, 1, 1), f.logement(residence="R1", millesime=2023)))
    assert (a.en_qpv_decision, a.qpv_decision, a.version_decision) == (True, "QP099001", "2015")
    assert (a.en_qpv_bail, a.qpv_bail, a.version_bail) == (False, "", "2024")
    assert (a.annee_decision, a.annee_bail) == (2023, 2024)


def test_allocations_on_either_side_of_the_change_are_both_listed(quartier):
    deux = f.radiation(date(2023, 12, 20), date(2024, 1, 5), f.logement(residence="R1"))
    aucun = f.radiation(date(2023, 12, 20), date(2024, 1, 5), f.logement(residence="R2"))
    f.radiation(date(2024, 1, 2), date(2024, 1, 5), f.logement(residence="R1"))
    attributions.recalculer(f.EPCI)
    listes = changements(f.adhesion("epci"), f.EPCI)
    assert [a.evenement_id for a in listes.dans_les_deux] == [deux.pk]
    assert [a.evenement_id for a in listes.dans_aucun] == [aucun.pk]


def test_missing_version_is_replaced_by_the_earlier_one_and_said(quartier):
    from diagnostic.models import Appartenance, Perimetre

    Perimetre.objects.filter(version="2024").delete()
    Appartenance.objects.filter(version="2024").delete()
    a = calculer(f.radiation(date(2023, 12, 1), date(2024, 2, 1), f.logement(residence="R1")))
    assert (a.en_qpv_bail, a.version_bail, a.perimetre_anterieur, a.perimetre_anterieur_bail) == (
        True,
        "2015",
        False,
        True,
    )


@pytest.mark.parametrize(("jour", "en_qpv"), [(date(2020, 12, 31), True), (date(2021, 1, 1), False)])
def test_ex_zus_counts_in_qpv_until_the_end_of_2020_but_in_no_single_qpv(jour, en_qpv):
    f.perimetre("QP099001")
    f.perimetre("ZUS1", nature="zus", version="1996")
    residence = f.residence("R1")
    f.appartenance(residence, dedans=False)
    f.appartenance(residence, "ZUS1", nature="zus", version="1996")
    a = calculer(f.radiation(jour, None, f.logement(residence="R1")))
    assert (a.en_qpv_decision, a.qpv_decision) == (en_qpv, "")


def test_overlapping_qpv_count_in_qpv_but_in_no_single_one():
    f.perimetre("QP1"), f.perimetre("QP2")
    residence = f.residence("R1")
    f.appartenance(residence, "QP1"), f.appartenance(residence, "QP2")
    a = calculer(f.radiation(date(2020, 5, 1), None, f.logement(residence="R1")))
    assert (a.en_qpv_decision, a.qpv_decision) == (True, "")


@pytest.mark.parametrize(
    ("rpls", "flags", "en_qpv", "origine"),
    [
        (1, {"nb_hqpv": 1}, True, "rpls"),
        (2, {"nb_qpv": 1}, False, "rpls"),
        (None, {"nb_qpv": 1}, True, "sne"),
        (None, {"nb_hqpv": 1}, False, "sne"),
        (None, {}, None, ""),
    ],
)
def test_known_dwelling_without_residence_uses_its_own_flag_then_the_sne(rpls, flags, en_qpv, origine):
    f.commune(), f.perimetre()
    a = calculer(f.radiation(logement=f.logement(residence=None, qpv=rpls), **flags))
    assert (a.en_qpv_decision, a.qpv_decision, a.origine_qpv, a.residence, a.logement_connu) == (
        en_qpv,
        "",
        origine,
        "",
        True,
    )


@pytest.mark.parametrize(
    ("flags", "en_qpv"), [({"nb_qpv": 1}, True), ({"nb_hqpv": 1, "nb_qpv": 0}, False), ({"nb_qpv": 0}, None)]
)
def test_unknown_dwelling_is_placed_by_its_commune_and_the_flags_of_the_sne(flags, en_qpv):
    f.commune()
    a = calculer(f.radiation(date(2025, 3, 1), date(2025, 4, 1), **flags))
    assert (a.logement_connu, a.commune, a.en_qpv_decision, a.en_qpv_bail) == (False, f.COMMUNE, en_qpv, en_qpv)


def test_number_belongs_to_the_bailleur_of_the_row():
    f.residence("R1"), f.perimetre()
    logement = f.logement(residence="R1")
    autre = f.radiation(logement=logement, bailleur="900100002")
    assert not calculer(autre).logement_connu


@pytest.mark.parametrize(
    ("jour", "finan_retenu"),
    [(date(2023, 12, 31), 13), (date(2024, 1, 1), 16), (date(2025, 6, 1), 16), (date(2020, 1, 1), 13)],
)
def test_dwelling_is_that_of_the_latest_millesime_at_the_event_else_the_earliest(jour, finan_retenu):
    f.residence("R1")
    f.logement("L1", millesime=2022, finan=13), f.logement("L1", millesime=2024, finan=16)
    a = calculer(f.radiation(jour, numero_rpls="REPL1"))
    assert a.hors_base is (finan_retenu == 16)


def test_dwelling_is_looked_up_for_each_event():
    f.residence("R1")
    f.logement("L1", millesime=2024, finan=13), f.logement("L1", millesime=2025, finan=16)
    a = calculer(f.radiation(date(2024, 12, 20), date(2025, 1, 20), numero_rpls="REPL1"))
    assert (a.hors_base, a.hors_base_bail) == (False, True)


def test_allocation_of_another_territory_is_left_to_it():
    f.commune("99002", epci="900000002"), f.residence("R1")
    f.radiation(commune="99002")
    assert attributions.recalculer(f.EPCI) == 0
    assert attributions.recalculer("900000002") == 1


def test_residence_decides_of_the_territory_against_the_row():
    f.commune("99002", epci="900000002"), f.residence("R1")
    a = calculer(f.radiation(logement=f.logement(residence="R1", commune="99002"), commune="99002"))
    assert (a.epci, a.commune) == (f.EPCI, f.COMMUNE)


def test_recomputing_twice_gives_the_same_rows():
    f.residence("R1")
    f.radiation(logement=f.logement(residence="R1"))
    assert attributions.recalculer(f.EPCI) == attributions.recalculer(f.EPCI) == Attribution.objects.count() == 1


def test_former_version_of_an_event_no_longer_counts():
    f.commune()
    evenement = f.radiation()
    calculer(evenement)
    type(evenement).objects.update(courant=False)
    assert attributions.recalculer(f.EPCI) == Attribution.objects.count() == 0


@pytest.mark.parametrize(
    ("champs", "issue", "presumee", "bail"),
    [
        ({"issue": "bail_signe", "date_bail": date(2025, 4, 1)}, "bail_signe", False, date(2025, 4, 1)),
        ({"issue": "bail_signe", "date_radiation": date(2025, 4, 2)}, "bail_signe", False, date(2025, 4, 2)),
        ({"issue": "refus", "date_bail": date(2025, 4, 1)}, "refus", False, None),
        ({"issue": "annulee"}, "annulee", False, None),
        ({"issue": None, "date_bail": date(2025, 4, 1)}, "bail_signe", False, date(2025, 4, 1)),
        (
            {"issue": None, "date_radiation": date(2025, 4, 2), "motif_radiation": "RADATT"},
            "bail_signe",
            False,
            date(2025, 4, 2),
        ),
        ({"issue": None, "date_radiation": date(2025, 4, 2), "motif_radiation": "ABANDON"}, "refus", True, None),
        ({"issue": None}, "refus", True, None),
    ],
)
def test_outcome_of_a_decision(champs, issue, presumee, bail):
    f.commune()
    evenement = f.radiation(date(2025, 3, 1), **champs)
    type(evenement).objects.filter(pk=evenement.pk).update(**champs)
    a = calculer(evenement)
    assert (a.issue, a.issue_presumee, a.date_bail) == (issue, presumee, bail)


@pytest.mark.parametrize(("jours", "issue"), [(60, "en_attente"), (61, "refus")])
def test_silence_is_a_refusal_beyond_sixty_days(jours, issue):
    f.commune()
    evenement = f.radiation(date(2025, 3, 1))
    type(evenement).objects.update(issue=None)
    assert calculer(evenement, date.fromordinal(date(2025, 3, 1).toordinal() + jours)).issue == issue


def test_lease_without_decision_date_has_no_decision_and_the_year_of_the_lease_for_its_quartile():
    f.commune(), f.seuil(2024, 5000), f.seuil(2025, 20000)
    a = calculer(f.radiation(None, date(2025, 4, 1), issue=None, nb_hqpv=1))
    assert (a.date_caleol, a.annee_decision, a.en_qpv_decision, a.qpv_decision) == (None, None, None, "")
    assert (a.annee_bail, a.en_qpv_bail, a.quartile, a.seuil_annee) == (2025, False, 1, 2025)


def test_thresholds_are_those_of_the_year_of_the_decision_not_of_the_lease():
    f.commune(), f.seuil(2024, 12000), f.seuil(2025, 12001)
    a = calculer(f.radiation(date(2024, 12, 31), date(2025, 1, 1)))
    assert (a.quartile, a.seuil_annee) == (24, 2024)  # 12 × 1000 is not under 12000
    assert calculer(f.radiation(date(2025, 1, 1), date(2025, 2, 1))).quartile == 1


@pytest.mark.parametrize(
    ("annees", "annee_retenue"), [((2023, 2024), 2024), ((2025, 2026), 2025), ((2026,), None), ((), None)]
)
def test_absent_threshold_is_the_latest_earlier_one(annees, annee_retenue):
    f.commune()
    for annee in annees:
        f.seuil(annee, 20000)
    a = calculer(f.radiation(date(2025, 6, 1)))
    assert (a.seuil_annee, a.quartile) == (annee_retenue, 1 if annee_retenue else None)


def test_blank_threshold_is_an_absent_one():
    f.commune(), f.seuil(2024, 20000), f.seuil(2025, None)
    assert calculer(f.radiation(date(2025, 6, 1))).seuil_annee == 2024


@pytest.mark.parametrize(("revenu", "uc"), [(None, 1), (1000, None), (1000, 0)])
def test_unknown_resources_have_no_quartile(revenu, uc):
    f.commune(), f.seuil(2025, 20000)
    a = calculer(f.radiation(revenu_mensuel=revenu, uc=uc))
    assert (a.quartile, a.ressources_uc) == (None, None)


def test_zero_income_is_q1_and_listed():
    f.commune(), f.seuil(2025, 9000)
    a = calculer(f.radiation(revenu_mensuel=0, uc=Decimal("1.5")))
    assert (a.quartile, a.ressources_nulles, a.ressources_uc, a.sous_seuil_pauvrete) == (1, True, 0, True)


@pytest.mark.parametrize(
    ("flags", "declare"), [({"nb_q2": 1}, 2), ({"nb_qna": 1}, 0), ({}, None), ({"nb_q1": 0, "nb_q4": 1}, 4)]
)
def test_declared_quartile_is_kept_beside(flags, declare):
    f.commune()
    assert calculer(f.radiation(**flags)).quartile_declare == declare


@pytest.mark.parametrize(
    ("dalo", "prioritaire", "attendu"),
    [(1, None, True), (None, 1, True), (0, 1, True), (0, None, False), (0, 0, False), (None, None, None)],
)
def test_priority_is_unknown_only_when_both_are(dalo, prioritaire, attendu):
    f.commune()
    assert calculer(f.radiation(dalo=dalo, prioritaire=prioritaire)).prioritaire is attendu


def test_texts_are_normalised():
    f.commune()
    a = calculer(f.radiation(statut_emploi="Intérim", situation_familiale="marié", reservataire="ETAT_Prioritaire"))
    assert (a.statut_emploi, a.composition, a.reservataire) == ("INTERIM", "MARIE", "etat_prioritaire")


def test_who_sees_the_allocations():
    f.commune()
    calculer(f.radiation())
    vus = {
        nom: Attribution.objects.visible_to(adhesion).count()
        for nom, adhesion in {
            "epci": f.adhesion("epci"),
            "sien": f.adhesion("bailleur"),
            "autre bailleur": f.adhesion("bailleur", organisation=f.organisation("bailleur", "900100009")),
            "commune": f.adhesion("commune"),
            "personne": None,
        }.items()
    }
    assert vus == {"epci": 1, "sien": 1, "autre bailleur": 0, "commune": 0, "personne": 0}
