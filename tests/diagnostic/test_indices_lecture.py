"""What each reader is shown of the indices of a territory."""

from datetime import date

import pytest

from diagnostic.models import Indice
from diagnostic.services import indices
from partenaires.models import Protocole
from tests import fabriques as f
from tests.diagnostic.territoire_d_indices import AUTRE, QPV, etat_locatif, ops, residence, territoire

__all__ = ["territoire"]
pytestmark = pytest.mark.django_db


def calculer():
    indices.recalculer(f.EPCI)


def lire(nature="epci", methode="valenciennes", **filtres):
    adhesion = f.adhesion(nature, **({"departement": "99"} if nature == "ddt" else {}))
    return list(indices.lire(adhesion, methode=methode, **filtres))


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
