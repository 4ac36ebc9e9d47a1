"""Attainments of the objectives: what counts where, when and for whom (regles §2)."""

from datetime import date

import pytest

from attributions.calculs.objectifs_legaux import LEGAUX
from attributions.models import Applicabilite, Atteinte, Jalon, Objectif
from attributions.services import atteintes
from attributions.services.objectifs import assurer_legaux
from diagnostic.models import Commune
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AU = date(2026, 11, 20)


@pytest.fixture
def territoire():
    f.commune()
    f.residence("R1")
    f.seuil(2025)
    assurer_legaux(f.EPCI)
    return f.EPCI


def lire(nature="epci", au=AU, adhesion=None, **filtres):
    if not Atteinte.objects.exists():
        atteintes.recalculer(f.EPCI, au)
    return atteintes.lire(adhesion or f.adhesion(nature), **filtres)


def une(objectif, **filtres):
    lignes = lire(objectif=objectif, **filtres)
    assert len(lignes) <= 1, lignes
    return lignes[0] if lignes else None


def compte(objectif, **filtres):
    ligne = une(objectif, **filtres)
    return ligne and (ligne.numerateur, ligne.denominateur, ligne.inconnus)


def test_legal_objectives_are_created_once_with_their_milestones(territoire):
    assurer_legaux(territoire)
    assert [o.code for o in Objectif.objects.all()] == [legal.code for legal in LEGAUX]
    cibles = dict(Jalon.objects.values_list("objectif__code", "valeur"))
    assert {code: float(v) for code, v in cibles.items()} == {
        "q1_ou_reloges_hors_qpv": 0.25,
        "q2_q4_en_qpv": 0.5,
        "prioritaires_reservataire": 0.25,
    }


@pytest.mark.parametrize("issue", ["refus", "retractation", "en_attente", "sous_condition"])
def test_refused_or_waiting_allocation_counts_in_qpv_but_not_outside(territoire, issue):
    f.attribution(en_qpv=True, quartile=2, issue=issue)
    f.attribution(en_qpv=False, quartile=1, issue=issue)
    assert compte("q2_q4_en_qpv") == (1, 1, 0)
    assert compte("q1_ou_reloges_hors_qpv") is None
    assert compte("prioritaires_reservataire") == (0, 2, 0)


def test_annulled_allocation_counts_nowhere(territoire):
    f.attribution(en_qpv=True, quartile=2, issue="annulee")
    assert lire() == []


def test_lease_year_outside_qpv_and_decision_year_inside(territoire):
    f.attribution(date(2024, 12, 31), date(2025, 1, 1), en_qpv=False)
    f.attribution(date(2024, 12, 31), date(2025, 1, 1), en_qpv=True, quartile=3)
    assert [ligne.annee for ligne in lire(objectif="q1_ou_reloges_hors_qpv")] == [2025]
    assert [ligne.annee for ligne in lire(objectif="q2_q4_en_qpv")] == [2024]


def test_either_side_of_the_change_counts_in_both_or_in_neither(territoire):
    f.attribution(date(2023, 12, 20), date(2024, 1, 5), en_qpv_decision=True, en_qpv_bail=False)
    f.attribution(date(2023, 12, 20), date(2024, 1, 5), en_qpv_decision=False, en_qpv_bail=True)
    assert compte("q1_ou_reloges_hors_qpv") == (1, 1, 0)
    assert compte("q2_q4_en_qpv") == (0, 1, 0)


@pytest.mark.parametrize(
    ("quartile", "reloge", "avec", "seul", "inconnu"),
    [(1, True, 1, 1, 0), (1, False, 1, 1, 0), (3, True, 1, 0, 0), (None, True, 1, 0, 1), (None, False, 0, 0, 1)]
    + [(24, False, 0, 0, 0)],
)
def test_q1_or_rehoused_each_once_and_q1_alone_beside(territoire, quartile, reloge, avec, seul, inconnu):
    f.attribution(date_bail=date(2025, 4, 1), quartile=quartile, reloge=reloge)
    assert compte("q1_ou_reloges_hors_qpv") == (avec, 1, inconnu)
    assert compte("q1_hors_qpv") == (seul, 1, inconnu)


@pytest.mark.parametrize(
    ("quartile", "attendu"), [(1, (0, 1, 0)), (2, (1, 1, 0)), (4, (1, 1, 0)), (24, (1, 1, 0)), (None, (0, 1, 1))]
)
def test_unknown_quartile_is_in_neither_numerator_and_stays_in_the_base(territoire, quartile, attendu):
    f.attribution(en_qpv=True, quartile=quartile)
    assert compte("q2_q4_en_qpv") == attendu


def test_upper_quartiles_are_told_apart(territoire):
    for quartile in (1, 2, 2, 3, 4, 24, None):
        f.attribution(en_qpv=True, quartile=quartile)
    assert une("q2_q4_en_qpv").details == {"q1": 1, "q2": 2, "q3": 1, "q4": 1, "q2_q4_indistincts": 1, "inconnu": 1}


def test_unknown_place_is_in_no_qpv_objective(territoire):
    f.attribution(date_bail=date(2025, 4, 1), en_qpv=None)
    assert {ligne.objectif for ligne in lire()} == {
        "prioritaires_reservataire",
        "travailleurs_essentiels",
        "mutations",
    }


def test_intermediate_dwellings_are_out_of_the_base(territoire):
    f.attribution(date_bail=date(2025, 4, 1), hors_base=True, hors_base_bail=True)
    assert lire() == []


def test_state_contingent_is_followed_apart_and_unknown_reservataire_is_in_no_row(territoire):
    for reservataire in ("commune", "commune", "action_logement", "etat_prioritaire", ""):
        f.attribution(reservataire=reservataire, prioritaire=reservataire == "commune")
    assert compte("prioritaires_reservataire") == (2, 3, 0)
    lignes = {ligne.reservataire: ligne for ligne in lire(objectif="prioritaires_reservataire", axe="reservataire")}
    assert {nom: ligne.denominateur for nom, ligne in lignes.items()} == {
        "commune": 2,
        "action_logement": 1,
        "etat_prioritaire": 1,
    }
    assert (lignes["etat_prioritaire"].cible, lignes["commune"].cible) == (None, 0.25)
    bailleur = une("prioritaires_reservataire", axe="bailleur")
    assert (bailleur.bailleur, bailleur.denominateur) == (f.BAILLEUR, 3)


def test_rehoused_count_among_the_priority_only_from_the_day_the_territory_says_so(territoire):
    f.parametre("reloges_parmi_prioritaires", True, f.EPCI, date(2025, 6, 1))
    f.attribution(date(2025, 5, 31), reloge=True), f.attribution(date(2025, 6, 1), reloge=True)
    assert compte("prioritaires_reservataire") == (1, 2, 0)


def test_unknown_priority_is_counted_apart(territoire):
    f.attribution(prioritaire=None)
    assert compte("prioritaires_reservataire") == (0, 1, 1)


def test_followed_objectives_have_no_target(territoire):
    f.attribution(date_bail=date(2025, 4, 1), mutation=True, travailleur_essentiel=None)
    assert compte("mutations") == (1, 1, 0) and compte("travailleurs_essentiels") == (0, 1, 1)
    assert une("mutations").cible is None and une("mutations").atteint is None


def test_a_qpv_row_holds_only_events_of_a_single_known_qpv(territoire):
    f.attribution(en_qpv=True, qpv="QP1", quartile=2), f.attribution(en_qpv=True, qpv="", quartile=2)
    assert compte("q2_q4_en_qpv") == (2, 2, 0)
    assert [(ligne.qpv, ligne.denominateur) for ligne in lire(objectif="q2_q4_en_qpv", axe="qpv")] == [("QP1", 1)]


# --- years that are not concerned -----------------------------------------------------------------------------------


def test_year_without_threshold_is_not_concerned_and_never_missed(territoire):
    for _ in range(20):
        f.attribution(date(2024, 3, 1), date(2024, 4, 1), quartile=2)
    ligne = une("q1_ou_reloges_hors_qpv")
    assert (ligne.cible, ligne.atteint, ligne.reste_a_faire, ligne.taux) == (None, None, None, 0)
    assert "non_concerne" in ligne.alertes
    assert une("prioritaires_reservataire").atteint is False  # the 25 % per réservataire holds everywhere


@pytest.mark.parametrize(("annee", "concerne"), [(2024, True), (2025, False)])
def test_what_the_territory_says_of_a_year_wins(territoire, annee, concerne):
    Applicabilite.objects.create(epci=territoire, annee=annee, concerne=concerne)
    f.attribution(date(annee, 3, 1), date(annee, 4, 1))
    assert ("non_concerne" in une("q1_ou_reloges_hors_qpv").alertes) is not concerne


# --- verdicts, pace -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nombre", "atteint"), [(19, None), (20, True)])
def test_under_twenty_events_the_rate_has_no_verdict(territoire, nombre, atteint):
    for _ in range(nombre):
        f.attribution(en_qpv=True, quartile=2)
    ligne = une("q2_q4_en_qpv")
    assert (ligne.taux, ligne.atteint) == (1.0, atteint)
    assert ("moins_de_20_evenements" in ligne.alertes) is (atteint is None)


def test_what_is_left_of_a_year_in_progress_follows_the_days_elapsed(territoire):
    for rang in range(20):
        f.attribution(date(2025, 1, 1 + rang), en_qpv=True, quartile=2 if rang < 4 else 1)
    ligne = une("q2_q4_en_qpv", au=date(2025, 3, 14))  # 73 days of 365: a fifth
    assert (ligne.base_attendue, ligne.reste_a_faire, ligne.projection) == (100, 46, 0.2)


def test_pace_of_a_cell_comes_from_its_own_last_three_years(territoire):
    for annee in (2022, 2023, 2024):
        f.attribution(date(annee, 2, 28), en_qpv=True)
        f.attribution(date(annee, 3, 1), en_qpv=True)
    f.attribution(date(2025, 2, 1), en_qpv=True)
    lignes = lire(objectif="q2_q4_en_qpv", au=date(2025, 2, 28), annee=2025)
    assert [ligne.base_attendue for ligne in lignes] == [2]


def test_only_events_dated_before_the_day_asked_for_count(territoire):
    f.attribution(date(2025, 3, 1), date(2025, 4, 1)), f.attribution(date(2025, 3, 2), date(2025, 4, 2))
    lire()
    adhesion = f.adhesion("epci")
    assert [
        (ligne.numerateur, ligne.au) for ligne in atteintes.lire(adhesion, objectif="q1_hors_qpv", au=date(2025, 4, 1))
    ] == [(1, date(2025, 4, 1))]
    assert atteintes.lire(adhesion, objectif="q1_hors_qpv", au=date(2025, 3, 31)) == []


def test_stored_and_worked_out_on_the_fly_agree(territoire):
    for rang in range(30):
        f.attribution(
            date(2025, 1 + rang % 12, 1),
            date(2025, 1 + rang % 12, 20) if rang % 3 else None,
            en_qpv=rang % 4 == 0,
            qpv="QP1" if rang % 8 == 0 else "",
            quartile=1 + rang % 4,
            bailleur=f.BAILLEUR if rang % 5 else "900100002",
        )
    au = date(2025, 7, 14)
    adhesion = f.adhesion("epci")
    atteintes.recalculer(f.EPCI, AU)
    for axe in ("total", "bailleur", "qpv", "reservataire"):
        volee = [ligne.en_dict() for ligne in atteintes.lire(adhesion, axe=axe, au=au)]
        atteintes.recalculer(f.EPCI, au)
        stockees = [ligne.en_dict() for ligne in atteintes.lire(adhesion, axe=axe)]
        atteintes.recalculer(f.EPCI, AU)
        assert [v | {"calcule_le": None} for v in volee] == [s | {"calcule_le": None} for s in stockees]
        assert volee


def test_cells_of_an_axis_sum_to_the_total(territoire):
    for rang in range(24):
        f.attribution(en_qpv=True, quartile=1 + rang % 4, bailleur=f"90010000{rang % 3}", reservataire=f"r{rang % 5}")
    total = une("q2_q4_en_qpv")
    for axe in ("bailleur", "reservataire"):
        cellules = lire(objectif="q2_q4_en_qpv", axe=axe)
        assert sum(c.numerateur for c in cellules) == total.numerateur
        assert sum(c.denominateur for c in cellules) == total.denominateur
    croisees = atteintes.lire(f.adhesion("epci"), objectif="q2_q4_en_qpv", croisement="bailleur,reservataire")
    assert len(croisees) == 15 and sum(c.denominateur for c in croisees) == 24
    assert sum(total.par_mois) == total.numerateur and sum(total.base_par_mois) == total.denominateur


def test_a_filter_implies_its_axis(territoire):
    f.attribution(en_qpv=True, qpv="QP1"), f.attribution(en_qpv=True, qpv="QP2")
    assert [ligne.qpv for ligne in lire(objectif="q2_q4_en_qpv", qpv="QP2")] == ["QP2"]
    assert [
        (ligne.qpv, ligne.bailleur) for ligne in lire(objectif="q2_q4_en_qpv", qpv="QP2", croisement="qpv,bailleur")
    ] == [("QP2", f.BAILLEUR)]


@pytest.mark.parametrize(
    "filtres", [{"axe": "commune"}, {"croisement": "bailleur"}, {"croisement": "qpv,qpv"}, {"axe": "total", "qpv": "X"}]
)
def test_meaningless_parameters_are_named(territoire, filtres):
    with pytest.raises(atteintes.ParametreInvalide, match="^(axe|croisement) :"):
        lire(**filtres)


# --- alerts ---------------------------------------------------------------------------------------------------------


def test_alerts_say_what_the_figure_was_built_on(territoire):
    f.attribution(
        date_bail=date(2025, 4, 1), seuil_annee=2024, perimetre_anterieur_bail=True, origine_qpv="sne", quartile=1
    )
    assert {"seuil_anterieur", "perimetre_anterieur", "qpv_declare"} <= set(une("q1_hors_qpv").alertes)
    assert set(une("mutations").alertes) == {"moins_de_20_evenements"}


# --- who reads ------------------------------------------------------------------------------------------------------


def test_epci_and_state_read_the_rows(territoire):
    f.attribution(en_qpv=True, qpv="QP1", quartile=2)
    ddt = f.adhesion("ddt", departement="99")
    for adhesion in (f.adhesion("epci"), ddt):
        ligne = une("q2_q4_en_qpv", adhesion=adhesion)
        assert (ligne.secret, ligne.numerateur) == (False, 1)


def test_bailleur_reads_its_own_row_and_masked_aggregates_of_others(territoire):
    f.protocole("bailleur", "sne", "qpv")
    autre = f.organisation("bailleur", "900100002", epci=f.EPCI)
    sien, autrui = f.adhesion("bailleur", epci=f.EPCI), f.adhesion("bailleur", organisation=autre)
    f.residence("R9", bailleur=autre.siren)
    for _ in range(3):
        f.attribution(en_qpv=True, quartile=2)
    for _ in range(2):
        f.attribution(en_qpv=True, quartile=2, bailleur=autre.siren)
    assert [
        (ligne.bailleur, ligne.numerateur) for ligne in lire(adhesion=sien, objectif="q2_q4_en_qpv", axe="bailleur")
    ] == [(f.BAILLEUR, 3)]
    ligne = une("q2_q4_en_qpv", adhesion=autrui)
    assert ligne.secret and ligne.numerateur is None and ligne.denominateur is None and ligne.reste_a_faire is None


def test_dominance_of_another_bailleur_masks_the_cell_for_a_bailleur(territoire):
    f.protocole("bailleur", "sne", "qpv")
    autre = f.adhesion("bailleur", organisation=f.organisation("bailleur", "900100002", epci=f.EPCI))
    f.residence("R9", bailleur="900100002")
    for rang in range(40):
        f.attribution(en_qpv=True, quartile=2, bailleur="900100002" if rang < 5 else f.BAILLEUR)  # 87.5 %
    assert une("q2_q4_en_qpv", adhesion=autre).secret
    assert not une("q2_q4_en_qpv", adhesion=f.adhesion("bailleur", epci=f.EPCI)).secret


def test_reader_without_the_rows_has_only_the_stored_date(territoire):
    Commune.objects.update(siren="219900011")
    for rang in range(60):
        f.attribution(en_qpv=True, quartile=1 + rang % 2, bailleur=f.BAILLEUR if rang % 3 else "900100002")
    commune = f.adhesion("commune", organisation=f.organisation("commune", "219900011"))
    assert une("q2_q4_en_qpv", adhesion=commune).numerateur == 30
    assert atteintes.lire(commune, objectif="q2_q4_en_qpv", au=date(2025, 6, 1)) == []
    assert lire(adhesion=commune, axe="bailleur") == []


def test_stranger_reads_nothing(territoire):
    f.attribution(en_qpv=True)
    lire()
    assert atteintes.lire(None) == []
    assert atteintes.lire(f.adhesion("epci", organisation=f.organisation("epci", "900000009"))) == []


def test_commitment_of_a_bailleur_is_hidden_from_the_others(territoire):
    f.objectif({"champ": "mutation", "op": "=", "valeur": True}, code="engagement", bailleur=f.BAILLEUR)
    f.attribution(mutation=True), f.attribution(bailleur="900100002")
    sien = f.adhesion("bailleur", epci=f.EPCI)
    autre = f.adhesion("bailleur", organisation=f.organisation("bailleur", "900100002", epci=f.EPCI))
    assert une("engagement", adhesion=sien).denominateur == 1
    assert lire(adhesion=autre, objectif="engagement") == []
