"""Marks of quality: complete, fresh, coherent, at their thresholds and with their reasons."""

import pytest

from diagnostic.calculs.controles_qualite import AGES, COMPTES, CONTROLES, Axe, Source
from diagnostic.calculs.qualite import constater, juger
from diagnostic.calculs.raisons import raison
from diagnostic.reference import QUALITE_SEUILS
from diagnostic.views.marques import MarqueMontree

RPLS = {
    "rpls_logements": 100,
    "rpls_rattaches": 100,
    "residences": 10,
    "residences_situees": 10,
    "qpv_compares": 100,
    "qpv_differents": 0,
}


def marque(source=Source.RPLS, comptes=RPLS, annees=(2025,), millesime=2025, reference=2025, **autres):
    return juger(source, comptes, annees, millesime, reference, QUALITE_SEUILS, **autres)


def test_every_control_and_every_age_has_its_threshold():
    assert set(QUALITE_SEUILS) == {c.code for c in CONTROLES} | set(AGES.values())


def test_every_control_reads_counts_that_are_stored_with_its_source():
    for controle in CONTROLES:
        assert {*controle.numerateurs, controle.denominateur} <= set(COMPTES[controle.source])


@pytest.mark.parametrize(
    ("rattaches", "complete"),
    [(100, True), (95, True), (94, False), (0, False)],
)
def test_dwellings_attached_to_a_residence_are_complete_from_95_percent(rattaches, complete):
    assert marque(comptes=RPLS | {"rpls_rattaches": rattaches}).complete is complete


@pytest.mark.parametrize(("differents", "coherente"), [(0, True), (2, True), (3, False)])
def test_wrong_qpv_flags_are_coherent_up_to_2_percent(differents, coherente):
    assert marque(comptes=RPLS | {"qpv_differents": differents}).coherente is coherente


def test_a_share_is_compared_as_an_exact_fraction():
    """0.95 of 20 is 19, whatever its binary writing."""
    assert marque(comptes=RPLS | {"rpls_logements": 20, "rpls_rattaches": 19}).complete


@pytest.mark.parametrize(
    ("annee", "reference", "fraiche"),
    [(2025, 2025, True), (2025, 2026, True), (2024, 2026, False), (None, 2025, False)],
)
def test_rpls_is_fresh_for_one_year(annee, reference, fraiche):
    assert marque(annees=(annee,), reference=reference).fraiche is fraiche


def test_survey_every_other_year_stays_fresh_two_years():
    assert marque(Source.OPS, {}, (2024,), 2025, 2026).fraiche
    assert not marque(Source.OPS, {}, (2022,), 2025, 2025).fraiche


def test_data_of_another_year_are_incomplete_and_say_which_year_is_the_last():
    trouvee = marque(annees=(2024,))
    assert trouvee.complete is False
    assert "RPLS : données 2025 absentes (dernières : 2024)" in [raison(c) for c in trouvee.constats]


def test_territory_is_complete_only_when_each_bailleur_has_deposited():
    assert marque(annees=(2025, 2025)).complete
    partielle = marque(annees=(2025, 2024))
    assert partielle.complete is False
    assert partielle.annee == 2025
    assert raison(partielle.constats[0]) == "RPLS : données 2025 absentes chez une partie des bailleurs"


def test_oldest_bailleur_judges_the_age_of_a_territory():
    assert not marque(annees=(2025, 2023)).fraiche
    assert not marque(annees=(2025, None)).fraiche


@pytest.mark.parametrize("absent", ["qpv_compares", "qpv_differents"])
def test_nothing_to_compare_with_gives_no_verdict(absent):
    assert marque(comptes=RPLS | {absent: None}).coherente is None
    assert marque(comptes=RPLS | {"qpv_compares": 0}).coherente is None


def test_survey_of_a_vacant_or_unknown_dwelling_is_incoherent():
    ops = {"ops_enquetes": 100, "ops_repondants": 90, "occupes_compares": 100, "occupes_non_enquetes": 0}
    controle = next(c for c in CONTROLES if c.code == "contradictions_ops")
    for vacants, hors_rpls, respecte in ((1, 1, True), (2, 1, False), (0, 3, False)):
        comptes = ops | {"vacants_enquetes": vacants, "ops_hors_rpls": hors_rpls}
        assert constater(controle, comptes, QUALITE_SEUILS).respecte is respecte


def test_coverage_of_the_survey_counts_the_occupied_dwellings_that_were_surveyed():
    controle = next(c for c in CONTROLES if c.code == "couverture_ops")
    constat = constater(controle, {"occupes_compares": 200, "occupes_non_enquetes": 20}, QUALITE_SEUILS)
    assert (constat.numerateur, constat.denominateur, constat.respecte) == (180, 200, True)


def test_masked_source_tells_its_year_and_nothing_of_its_counts():
    masquee = marque(secret=True)
    assert (masquee.complete, masquee.fraiche, masquee.coherente) == (None, True, None)
    assert all(constat.numerateur is None for constat in masquee.constats)


def test_reason_gives_the_share_its_counts_and_what_is_expected():
    constat = marque(comptes=RPLS | {"rpls_rattaches": 94}).constat("rattachement")
    assert raison(constat) == (
        "Logements rattachés à une résidence : 94\u202f% (94 sur 100), au moins 95\u202f% attendus"
    )


@pytest.mark.parametrize(
    ("trouvee", "forme", "mots"),
    [
        (marque(), "✓", "complètes, fraîches, cohérentes"),
        (marque(comptes=RPLS | {"rpls_rattaches": 1}), "▲", "incomplètes, fraîches, cohérentes"),
        (marque(annees=(None,)), "✕", "absentes"),
        (marque(secret=True), "○", "fraîches, comptes masqués"),
    ],
)
def test_mark_is_shown_by_a_shape_and_words(trouvee, forme, mots):
    montree = MarqueMontree(trouvee)
    assert (montree.forme, montree.mots) == (forme, mots)


def test_in_a_table_only_what_is_wrong_is_named():
    assert MarqueMontree(marque(), courte=True).mots == "rien à signaler"
    assert MarqueMontree(marque(comptes=RPLS | {"qpv_differents": 50}), courte=True).mots == "incohérentes"


def test_marks_sort_from_the_best_to_the_worst():
    bonne, faible, absente = marque(), marque(comptes=RPLS | {"rpls_rattaches": 1}), marque(annees=(None,))
    montrees = [MarqueMontree(m) for m in (absente, faible, bonne)]
    assert [m.marque for m in sorted(montrees)] == [bonne, faible, absente]


def test_export_of_a_mark_gives_its_faults():
    texte = MarqueMontree(marque(comptes=RPLS | {"rpls_rattaches": 94})).exporte
    assert texte.startswith("incomplètes, fraîches, cohérentes ; Logements rattachés")


def test_every_axis_has_a_control_for_each_source():
    for source in Source:
        assert {c.axe for c in CONTROLES if c.source == source} == {Axe.COMPLETE, Axe.COHERENTE}
