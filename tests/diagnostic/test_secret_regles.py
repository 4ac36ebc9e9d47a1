"""Which cells are masked, by audience: the rules alone (regles §9)."""

import pytest

from diagnostic.calculs.definitions import BASES, BASES_SECRETES, INDICATEURS, PAR_CODE
from diagnostic.calculs.secret import BASES_SANS_MENAGE, SENSIBLES, Audience, cellule_masquee, domine, petit

K = 11
LARGE = {"numerateur": 40, "denominateur": 100, "effectif_premier": 50}


def masquee(audience, effectif, base="repondants", **cellule):
    return cellule_masquee(audience, base, effectif, K, dominance=0.85, **(LARGE | cellule))


@pytest.mark.parametrize(
    ("effectif", "attendu"), [(0, False), (1, True), (10, True), (11, False), (12, False), (None, True)]
)
def test_small_is_one_to_k_minus_one_and_unknown_is_small(effectif, attendu):
    assert petit(effectif, K) is attendu


@pytest.mark.parametrize("effectif", [None, 0, 1, 10, 11, 500])
@pytest.mark.parametrize("cellule", [LARGE, {"numerateur": 1, "denominateur": 2, "effectif_premier": 2}])
def test_nothing_is_masked_to_who_holds_the_rows(effectif, cellule):
    assert not masquee(Audience.LIGNES, effectif, sensible=True, juge_dominance=True, **cellule)


@pytest.mark.parametrize("base", ["repondants", "occupes", "enquetes", "gestion_occupes", "demandes", "menages", "?"])
@pytest.mark.parametrize(("effectif", "attendu"), [(0, False), (1, True), (10, True), (11, False), (None, True)])
def test_partner_does_not_see_a_population_of_one_to_ten(base, effectif, attendu):
    assert masquee(Audience.PARTENAIRE, effectif, base) is attendu


@pytest.mark.parametrize("base", ["logements", "propositions", "gestion_logements", "gestion_propositions"])
@pytest.mark.parametrize("effectif", [0, 1, 10, 11])
def test_partner_sees_small_cells_of_dwellings_and_offers(base, effectif):
    assert not masquee(Audience.PARTENAIRE, effectif, base, effectif_premier=0)


@pytest.mark.parametrize(("numerateur", "denominateur"), [(0, 40), (1, 40), (10, 40), (40, 40), (39, 40)])
def test_partner_sees_small_counts_of_a_large_population(numerateur, denominateur):
    assert not masquee(
        Audience.PARTENAIRE, 40, numerateur=numerateur, denominateur=denominateur, sensible=True, effectif_premier=40
    )


@pytest.mark.parametrize(
    ("premier", "effectif", "attendu"),
    [(85, 100, False), (86, 100, True), (17, 20, False), (18, 20, True), (0, 0, False), (None, 100, True)],
)
def test_dominance_starts_strictly_over_its_threshold(premier, effectif, attendu):
    assert domine(premier, effectif, 0.85) is attendu


def test_dominance_hides_a_competitor_from_a_bailleur_whatever_the_unit():
    for base in ("repondants", "logements"):
        assert masquee(Audience.PARTENAIRE, 100, base, effectif_premier=86, juge_dominance=True)
        assert not masquee(Audience.PARTENAIRE, 100, base, effectif_premier=86)


@pytest.mark.parametrize("base", ["repondants", "logements", "propositions"])
@pytest.mark.parametrize(("effectif", "attendu"), [(0, False), (1, True), (10, True), (11, False), (None, True)])
def test_diffusion_masks_small_populations_of_every_unit(base, effectif, attendu):
    assert (
        masquee(Audience.DIFFUSION, effectif, base, numerateur=None, denominateur=None, effectif_premier=0) is attendu
    )


@pytest.mark.parametrize(
    ("numerateur", "denominateur", "attendu"),
    [
        (0, 100, False),
        (1, 100, True),
        (10, 100, True),
        (11, 100, False),
        (89, 100, False),
        (90, 100, True),
        (99, 100, True),
        (100, 100, False),
        (0, 10, True),
        (250, 100, False),
        (11, 11, False),
        (None, None, False),
    ],
)
def test_diffusion_masks_small_counts_and_small_complements(numerateur, denominateur, attendu):
    assert masquee(Audience.DIFFUSION, 200, numerateur=numerateur, denominateur=denominateur) is attendu


@pytest.mark.parametrize(("numerateur", "attendu"), [(0, True), (100, True), (50, False)])
def test_diffusion_masks_a_group_where_all_or_none_share_a_sensitive_trait(numerateur, attendu):
    assert masquee(Audience.DIFFUSION, 200, numerateur=numerateur, denominateur=100, sensible=True) is attendu
    assert not masquee(Audience.DIFFUSION, 200, numerateur=numerateur, denominateur=100)


@pytest.mark.parametrize("base", ["repondants", "logements"])
def test_diffusion_masks_what_one_bailleur_dominates(base):
    assert masquee(Audience.DIFFUSION, 100, base, effectif_premier=86)
    assert not masquee(Audience.DIFFUSION, 100, base, effectif_premier=85)


def test_no_bailleur_dominates_the_applications():
    for audience in (Audience.PARTENAIRE, Audience.DIFFUSION):
        assert not masquee(audience, 100, "demandes", effectif_premier=100, juge_dominance=True)


def test_every_unit_of_the_catalogue_is_either_of_people_or_of_dwellings_and_offers():
    for (_, base), colonne in BASES.items():
        assert (base in BASES_SANS_MENAGE) == (colonne in BASES_SANS_MENAGE) == (colonne not in BASES_SECRETES)


def test_sensitive_indicators_are_resources_minima_sociaux_and_arrears():
    assert set(PAR_CODE) >= SENSIBLES
    ressources = {i.code for i in INDICATEURS if "pct_plafond_plus" in i.numerateur} | {"segment_plus_80"}
    assert SENSIBLES - ressources == {"minima_sociaux", "impayes_3_mois"}
