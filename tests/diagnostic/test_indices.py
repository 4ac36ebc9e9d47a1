"""Indices of a territory: what is computed from the counts, what the reference year is, what each reader is shown."""

from datetime import date

import pytest

from diagnostic.models import Comptage, Indice, Methode, ProvenanceComptage, ReferenceMethode
from diagnostic.services import indices
from partenaires.models import Protocole
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE = "900100002"
QPV = "QP099001"
OPS = ("menages_moins_40_pct_plus", "beneficiaires_apl", "sans_emploi_ou_inactifs", "sous_plafond_plai")


def ops(repondants, *numerateurs, d=None):
    """Counts of the survey: each indicator of OPS over `d` respondents (default: all)."""
    d = repondants if d is None else d
    comptes = {"repondants": repondants, "enquetes": repondants}
    for code, n in zip(OPS, numerateurs):
        comptes |= {f"n_{code}": n, f"d_{code}": d}
    return comptes


def etat_locatif(logements, entrees, occupes, impayes):
    return {
        "gestion_logements": logements,
        "gestion_occupes": occupes,
        "n_rotation": entrees,
        "d_rotation": logements,
        "n_impayes_3_mois": impayes,
        "d_impayes_3_mois": occupes,
    }


def residence(code, bailleur, comptes, recents=None, millesime=2025):
    f.residence(code, bailleur=bailleur)
    place = {"territoire": f"{bailleur}:{code}", "bailleur": bailleur, "commune": f.COMMUNE, "qpv": QPV}
    f.comptage(**place, millesime=millesime, **comptes)
    if recents:
        f.comptage(**place, millesime=millesime, population="recents", **recents)


def agregats(bailleur, comptes, recents=None, millesime=2025):
    """The same counts for the QPV, the commune and the territory."""
    for niveau, territoire, version in (("qpv", QPV, "2024"), ("commune", f.COMMUNE, ""), ("epci", f.EPCI, "")):
        place = {"niveau": niveau, "territoire": territoire, "version": version, "bailleur": bailleur}
        f.comptage(**place, millesime=millesime, **comptes)
        if recents:
            f.comptage(**place, millesime=millesime, population="recents", **recents)


@pytest.fixture
def territoire():
    """Two bailleurs, one residence each; the territory's rates: .40, .50, .30, .60, recents .50; rotation .08,
    arrears .10."""
    f.commune()
    f.perimetre(QPV, version="2024", debut=date(2024, 1, 1), commune_code=f.COMMUNE)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    un = ops(60, 24, 30, 18, 36) | etat_locatif(100, 4, 60, 6)
    deux = ops(40, 16, 20, 12, 24) | etat_locatif(50, 8, 40, 4)
    recents = {"repondants": 20, "n_menages_moins_40_pct_plus": 10, "d_menages_moins_40_pct_plus": 20}
    residence("R1", f.BAILLEUR, un, recents)
    residence("R2", AUTRE, deux)
    agregats(f.BAILLEUR, un, recents)
    agregats(AUTRE, deux)


def calculer(**champs):
    indices.recalculer(f.EPCI, **champs)
    return {(i.methode.code, i.niveau, i.territoire, i.millesime): i for i in Indice.objects.select_related("methode")}


def lire(nature="epci", methode="valenciennes", **filtres):
    adhesion = f.adhesion(nature, **({"departement": "99"} if nature == "ddt" else {}))
    return list(indices.lire(adhesion, methode=methode, **filtres))


# --- recomputation --------------------------------------------------------------------------------------------------


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
    assert [c["contribution"] for c in lu.contributions] == pytest.approx([0.25, 0.25, 0.25, 0.125])
    assert [c["numerateur"] for c in lu.contributions] == [6, 30, 36, 4]


def test_place_without_recent_arrivals_has_its_value_on_the_other_components(territoire):
    lu = calculer()["repere17_precarite", "residence", f"{AUTRE}:R2", 2025]
    assert (lu.valeur, lu.alertes) == (pytest.approx(100), ["composante_peu_de_repondants"])
    assert [c["poids"] for c in lu.contributions] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


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
    assert (sum(c["poids"] for c in lu.contributions) > 0) is a_une_valeur


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
    Methode.objects.filter(code="valenciennes").update(epci="900000002")
    assert {code for code, *_ in calculer()} == {"repere17_precarite"}


def test_earlier_perimeter_version_is_said_on_the_levels_that_depend_on_it(territoire):
    ProvenanceComptage.objects.create(
        epci=f.EPCI, millesime=2025, source="ops", perimetre_anterieur=True, calcule_le="2026-11-20T00:00:00Z"
    )
    calcules = calculer()
    assert "perimetre_anterieur" in calcules["valenciennes", "qpv", QPV, 2025].alertes
    assert "perimetre_anterieur" not in calcules["valenciennes", "commune", f.COMMUNE, 2025].alertes


def test_ten_thousand_residences_are_computed_within_few_queries(territoire, django_assert_max_num_queries):
    modele = {
        "epci": f.EPCI,
        "niveau": "residence",
        "bailleur": f.BAILLEUR,
        "millesime": 2025,
        "population": "ensemble",
    }
    comptes = ops(60, 24, 30, 18, 36) | etat_locatif(100, 4, 60, 6)
    Comptage.objects.bulk_create(Comptage(**modele, territoire=f"{f.BAILLEUR}:X{i}", **comptes) for i in range(2000))
    with django_assert_max_num_queries(12):
        assert indices.recalculer(f.EPCI) == 2 * 2005


# --- reading --------------------------------------------------------------------------------------------------------


def test_each_reader_has_the_places_of_its_perimeter(territoire):
    calculer()
    for nature, bailleurs, autres in (
        ("epci", {f.BAILLEUR, AUTRE}, 3),
        ("ddt", {f.BAILLEUR, AUTRE}, 3),
        ("bailleur", {f.BAILLEUR}, 3),
        ("action_logement", set(), 0),
    ):
        lues = lire(nature)
        assert {ligne.bailleur for ligne in lues if ligne.niveau == "residence"} == bailleurs
        assert len([ligne for ligne in lues if ligne.niveau != "residence"]) == autres
    assert list(indices.lire(None)) == []


def test_a_stranger_knows_no_method(territoire):
    with pytest.raises(indices.MethodeInconnue):
        indices.lire(None, methode="valenciennes")


def test_fields_of_a_residence(territoire):
    calculer()
    [lu] = lire(niveau="residence", bailleur=f.BAILLEUR)
    assert (lu.territoire, lu.code_residence, lu.nom) == (f"{f.BAILLEUR}:R1", "R1", "Résidence R1")
    assert (lu.methode, lu.version, lu.perimetre_version, lu.millesime) == ("valenciennes", "1", "", 2025)
    assert sum(c.contribution for c in lu.contributions) == pytest.approx(lu.valeur)
    assert [(c.code, c.secret, c.alerte) for c in lu.contributions] == [
        ("impayes_3_mois", False, ""),
        ("beneficiaires_apl", False, ""),
        ("sous_plafond_plai", False, ""),
        ("rotation", False, ""),
    ]
    assert lu.contributions[3].taux == 0.04
    assert lu.contributions[3].reference == 0.08


def test_places_are_named(territoire):
    calculer()
    assert {(ligne.niveau, ligne.nom) for ligne in lire()} == {
        ("residence", "Résidence R1"),
        ("residence", "Résidence R2"),
        ("qpv", f"Quartier {QPV}"),
        ("commune", f"Commune {f.COMMUNE}"),
        ("epci", "Agglomération d'essai"),
    }


@pytest.mark.parametrize(
    ("filtres", "lieux"),
    [
        ({"territoire": QPV}, {QPV}),
        ({"qpv": QPV}, {QPV, f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"}),
        ({"commune": f.COMMUNE}, {QPV, f.COMMUNE, f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"}),
        ({"commune": "98001"}, set()),
        ({"bailleur": AUTRE}, {f"{AUTRE}:R2"}),
        ({"niveau": "epci"}, {f.EPCI}),
        ({"epci": "900000002"}, set()),
        ({"millesime": 2024}, set()),
    ],
)
def test_filters_keep_what_lies_inside(territoire, filtres, lieux):
    calculer()
    assert {ligne.territoire for ligne in lire(**filtres)} == lieux


@pytest.mark.parametrize(("repondants", "masque"), [(0, False), (1, True), (10, True), (11, False)])
@pytest.mark.parametrize(("nature", "concerne"), [("epci", True), ("ddt", True), ("bailleur", False)])
def test_a_residence_of_one_to_ten_respondents_is_masked_to_partners_not_to_its_bailleur(
    territoire, repondants, masque, nature, concerne
):
    residence("R3", f.BAILLEUR, ops(repondants, 0, 0, 0, 0) | etat_locatif(30, 3, 25, 2))
    calculer()
    [lu] = lire(nature, territoire=f"{f.BAILLEUR}:R3")
    assert lu.secret is (masque and concerne)
    assert (lu.repondants is None) is (masque and concerne)
    if lu.secret:
        assert (lu.valeur, lu.classe, lu.rang) == (None, None, None)
    par_code = {c.code: c for c in lu.contributions}
    assert par_code["beneficiaires_apl"].secret is (masque and concerne)
    assert not par_code["rotation"].secret and par_code["rotation"].taux == 0.1


def test_a_component_is_masked_on_its_own_population(territoire):
    residence("R3", f.BAILLEUR, ops(20, 8, 10, 6, 12) | etat_locatif(30, 3, 10, 2))
    calculer()
    [lu] = lire(territoire=f"{f.BAILLEUR}:R3")
    impayes = lu.contributions[0]
    assert not lu.secret and lu.valeur is not None
    assert (impayes.secret, impayes.taux, impayes.reference, impayes.contribution) == (True, None, None, None)


def test_a_threshold_above_the_methods_minimum_masks_values_too(territoire):
    f.parametre("secret_k", 50, epci=f.EPCI)
    calculer()
    secrets = {ligne.territoire: (ligne.secret, ligne.valeur is None) for ligne in lire(niveau="residence")}
    assert secrets == {f"{f.BAILLEUR}:R1": (False, False), f"{AUTRE}:R2": (True, True)}


def test_a_bailleur_does_not_see_the_index_of_what_another_dominates(territoire):
    calculer()
    assert not any(ligne.secret for ligne in lire("bailleur", niveau="commune"))
    Indice.objects.filter(niveau="commune").update(premier_bailleur=AUTRE, repondants_premier=86)
    assert [(ligne.secret, ligne.valeur) for ligne in lire("bailleur", niveau="commune")] == [(True, None)]
    assert not any(ligne.secret for ligne in lire("epci", niveau="commune"))


def test_a_revoked_protocole_leaves_only_what_may_be_published(territoire):
    calculer()
    assert not any(ligne.secret for ligne in lire(niveau="epci"))
    Protocole.objects.update(revoque_le=date(2021, 1, 1))
    # In the territory, 10 households are in arrears: a count under eleven, and the value would give it back.
    [lu] = lire(niveau="epci")
    assert (lu.secret, lu.valeur, lu.classe, lu.repondants) == (True, None, None, None)
    assert [c.code for c in lu.contributions if c.secret] == ["impayes_3_mois"]
    [residence_1] = lire(territoire=f"{f.BAILLEUR}:R1")
    assert residence_1.secret and all(c.secret for c in residence_1.contributions)
    [sienne] = lire("bailleur", territoire=f"{f.BAILLEUR}:R1")
    assert not sienne.secret


def test_sorting_by_value_puts_masked_and_valueless_places_last(territoire):
    residence("R3", f.BAILLEUR, ops(40, 40, 40, 40, 40) | etat_locatif(100, 30, 60, 30))
    f.parametre("secret_k", 50, epci=f.EPCI)
    calculer()
    filtres = {"niveau": "residence", "epci": f.EPCI}
    assert [ligne.code_residence for ligne in lire(tri="-valeur", **filtres)] == ["R1", "R3", "R2"]
    f.parametre("secret_k", 11, epci=f.EPCI, debut=date(2016, 1, 1))
    assert [ligne.code_residence for ligne in lire(tri="-valeur", **filtres)] == ["R3", "R2", "R1"]
    assert [ligne.code_residence for ligne in lire(tri="valeur", **filtres)] == ["R1", "R2", "R3"]
    assert [ligne.code_residence for ligne in lire("bailleur", tri="-valeur", **filtres)] == ["R3", "R1"]


def test_the_diffusion_audience_gets_no_order_of_values(territoire):
    calculer()
    Protocole.objects.all().delete()
    filtres = {"niveau": "residence", "epci": f.EPCI}
    assert [ligne.code_residence for ligne in lire(tri="-valeur", **filtres)] == ["R1", "R2"]
    assert [ligne.code_residence for ligne in lire(tri="-territoire", **filtres)] == ["R2", "R1"]


def test_a_slice_reads_only_its_lines(territoire, django_assert_max_num_queries):
    calculer()
    adhesion = f.adhesion("epci")
    lues = indices.lire(adhesion)
    assert (lues.count(), len(lues), len(lues[2:6])) == (10, 10, 4)
    assert [ligne.territoire for ligne in lues[:3]] + [lues[3].territoire] == [li.territoire for li in list(lues)[:4]]
    with django_assert_max_num_queries(9):
        list(indices.lire(adhesion))
