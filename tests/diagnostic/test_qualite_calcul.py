"""Sources of a bailleur compared by the nightly job, dwelling by dwelling and residence by residence."""

import random
from datetime import date

import pytest

from diagnostic.models import EcartResidence, GestionResidence, MenageOps, QualiteBailleur
from diagnostic.services.appartenances import calculer
from diagnostic.services.calcul_qualite import enregistrer_sne, recalculer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
AILLEURS = {"type": "Polygon", "coordinates": [[[8, 46], [9, 46], [9, 47], [8, 46]]]}


def ligne(millesime=2025, bailleur=f.BAILLEUR) -> QualiteBailleur:
    return QualiteBailleur.objects.get(epci=f.EPCI, bailleur=bailleur, millesime=millesime)


def comptes(*codes, millesime=2025) -> tuple:
    lue = ligne(millesime)
    return tuple(getattr(lue, code) for code in codes)


def test_dwellings_are_counted_with_and_without_their_residence():
    f.residence("R1")
    f.logement("A", residence="R1")
    f.logement("B", residence=None)
    f.logement("C", residence="R1", mode=2)
    f.logement("D", residence="R1", mode=3)
    f.logement("E", residence="R1", mode=None)
    recalculer(f.EPCI)
    assert comptes("rpls_logements", "rpls_rattaches", "rpls_occupes", "rpls_vacants") == (5, 4, 2, 2)


def test_dwelling_of_a_residence_that_is_not_loaded_is_not_attached():
    f.residence("R1")
    f.logement("A", residence="INCONNUE")
    recalculer(f.EPCI)
    assert comptes("rpls_logements", "rpls_rattaches") == (1, 0)


def test_dwelling_elsewhere_is_counted_elsewhere():
    ailleurs = f.commune("98001", epci="900000002")
    f.residence("R1")
    f.residence("R2", commune=ailleurs)
    f.logement("A", residence="R1")
    f.logement("B", residence="R2", commune="98001")
    f.logement("C", residence=None, commune="98001")
    recalculer(f.EPCI)
    assert comptes("rpls_logements", "residences") == (1, 1)


def test_occupied_and_not_surveyed_vacant_but_surveyed_surveyed_but_unknown():
    f.residence("R1")
    f.logement("A")
    f.logement("B")
    f.logement("C", mode=2)
    f.logement("D", mode=3)
    for ident, reponse in (("A", 1), ("C", 0), ("D", 1), ("X", 1)):
        f.menage_ops(ident, 2025, reponse=reponse)
    f.passage("X")
    recalculer(f.EPCI)
    assert comptes("ops_enquetes", "ops_repondants", "ops_hors_rpls", "rpls_dans_ops") == (4, 3, 1, 3)
    assert comptes("occupes_compares", "occupes_non_enquetes", "vacants_enquetes") == (2, 1, 2)


def test_without_survey_that_year_nothing_is_said_of_it():
    f.residence("R1")
    f.logement("A")
    f.menage_ops("A", 2024)
    recalculer(f.EPCI)
    assert comptes("ops_enquetes", "occupes_compares", "occupes_non_enquetes", "vacants_enquetes") == (None,) * 4
    assert ligne().annees == {"rpls": 2025, "ops": 2024}


def test_without_rpls_that_year_survey_and_rent_roll_are_counted_and_compare_with_nothing():
    f.residence("R1")
    f.menage_ops("A", 2025)
    f.passage("A")
    f.gestion("R1", 2025)
    recalculer(f.EPCI)
    assert comptes("rpls_logements", "ops_enquetes", "gestion_logements") == (None, 1, 20)
    assert comptes("ops_hors_rpls", "occupes_compares", "ecart_logements", "residences_comparees") == (None,) * 4
    assert not EcartResidence.objects.exists()


def test_gaps_with_the_rent_roll_never_make_up_for_one_another():
    for code, logements in (("R1", 22), ("R2", 18)):
        f.residence(code)
        for rang in range(20):
            f.logement(f"{code}-{rang}", residence=code)
        f.gestion(code, 2025, nb_logements=logements, nb_occupes=20)
    f.residence("R3")
    f.logement("SEUL", residence="R3")
    recalculer(f.EPCI)
    assert comptes("residences_comparees", "residences_en_gestion", "logements_en_gestion") == (3, 2, 40)
    assert comptes("ecart_logements", "ecart_occupes") == (4, 0)
    assert sorted(EcartResidence.objects.values_list("residence", "logements", "gestion_logements")) == [
        (f"{f.BAILLEUR}:R1", 20, 22),
        (f"{f.BAILLEUR}:R2", 20, 18),
        (f"{f.BAILLEUR}:R3", 1, None),
    ]


def test_residence_of_the_rent_roll_without_any_dwelling_in_rpls_is_a_gap():
    f.residence("R1")
    f.residence("R2")
    f.logement("A", residence="R1")
    f.gestion("R1", 2025, nb_logements=1, nb_occupes=1)
    f.gestion("R2", 2025, nb_logements=7, nb_occupes=5)
    recalculer(f.EPCI)
    assert comptes("ecart_logements", "ecart_occupes") == (7, 5)
    assert EcartResidence.objects.get().logements == 0


def test_qpv_flag_is_compared_with_the_point_under_the_version_of_1_january():
    f.perimetre(version="2015", fin=date(2023, 12, 31), geometrie=CARRE)
    f.perimetre(
        version="2024",
        debut=date(2024, 1, 1),
        code="QP099002",
        geometrie=AILLEURS,
    )
    f.residence("DEDANS")
    f.residence("SANS_POINT", longitude=None, latitude=None)
    for millesime in (2023, 2025):
        f.logement("A", millesime, residence="DEDANS", qpv=1)
        f.logement("B", millesime, residence="DEDANS", qpv=2)
        f.logement("C", millesime, residence="DEDANS", qpv=None)
        f.logement("D", millesime, residence="SANS_POINT", qpv=1)
    calculer(f.EPCI)
    recalculer(f.EPCI)
    assert comptes("qpv_compares", "qpv_differents", millesime=2023) == (2, 1)
    assert comptes("qpv_compares", "qpv_differents", millesime=2025) == (2, 1)
    assert comptes("residences", "residences_situees") == (2, 1)
    assert QualiteBailleur.objects.count() == 2


def test_deposits_in_force_are_named_with_their_date():
    organisation = f.organisation("bailleur")
    depots = {genre: f.depot(genre, organisation) for genre in ("residences", "passage", "rpls", "ops", "gestion")}
    f.residence("R1", depot=depots["residences"])
    f.passage("A", depot=depots["passage"])
    f.logement("A", depot=depots["rpls"])
    f.menage_ops("A", 2025, depot=depots["ops"])
    f.gestion("R1", 2025, depot=depots["gestion"])
    recalculer(f.EPCI)
    assert {genre: depose["depot"] for genre, depose in ligne().deposes.items()} == {
        genre: depot.pk for genre, depot in depots.items()
    }
    assert ligne().deposes["rpls"]["le"] == f"{depots['rpls'].cree_le:%Y-%m-%d}"


def test_each_bailleur_has_a_line_for_every_millesime_of_the_territory():
    f.residence("R1")
    f.residence("V1", bailleur="900100002")
    f.logement("A", 2025)
    f.logement("B", 2024, bailleur="900100002", residence="V1")
    recalculer(f.EPCI)
    lues = QualiteBailleur.objects.values_list("bailleur", "millesime", "rpls_logements")
    assert sorted(lues, key=str) == [
        (f.BAILLEUR, 2024, None),
        (f.BAILLEUR, 2025, 1),
        ("900100002", 2024, 1),
        ("900100002", 2025, None),
    ]
    assert ligne(2025, "900100002").annees == {"rpls": 2024}


def test_rows_out_of_force_count_nowhere():
    f.residence("R1")
    f.logement("A")
    f.logement("B", courant=False)
    f.menage_ops("B", 2025, courant=False)
    recalculer(f.EPCI)
    assert comptes("rpls_logements", "ops_enquetes") == (1, None)


def test_recompute_is_idempotent_and_of_one_millesime_leaves_the_others():
    f.residence("R1")
    for millesime in (2024, 2025):
        f.logement("A", millesime)
    recalculer(f.EPCI)
    avant = list(QualiteBailleur.objects.values_list("millesime", "rpls_logements"))
    recalculer(f.EPCI)
    assert list(QualiteBailleur.objects.values_list("millesime", "rpls_logements")) == avant
    f.logement("B", 2024)
    f.logement("B", 2025)
    recalculer(f.EPCI, [2025])
    assert comptes("rpls_logements", millesime=2024) == (1,)
    assert comptes("rpls_logements", millesime=2025) == (2,)


def test_counts_of_the_sne_join_the_line_of_the_year_and_zero_where_a_bailleur_has_none():
    f.residence("R1")
    f.residence("V1", bailleur="900100002")
    f.logement("A", 2025)
    recalculer(f.EPCI)
    depot = f.depot("sne_radiations")
    enregistrer_sne(f.EPCI, {2024: depot.pk, 2025: depot.pk}, [(f.BAILLEUR, 2025, {"sne_attributions": 4})])
    assert comptes("sne_attributions", "rpls_logements") == (4, 1)
    assert ligne(2025, "900100002").sne_attributions == 0
    assert ligne(2025, "900100002").annees["sne"] == 2025
    assert ligne().deposes["sne_radiations"]["depot"] == depot.pk
    enregistrer_sne(f.EPCI, {}, [])
    assert comptes("sne_attributions") == (None,)
    assert "sne" not in ligne().annees


@pytest.mark.parametrize("graine", range(3))
def test_random_stock_counts_as_a_plain_reading_of_its_rows(graine):
    rng = random.Random(graine)
    codes = [f"R{rang}" for rang in range(6)]
    for code in codes[:5]:
        f.residence(code)
    parc, enquetes = {}, {}
    for rang in range(60):
        ident, ou, mode = f"L{rang}", rng.choice([*codes, None]), rng.choice([1, 1, 1, 2, 3, 5, None])
        if rng.random() < 0.85:
            f.logement(ident, residence=ou, mode=mode)
            parc[ident] = ou if ou in codes[:5] else None, mode
        elif ou:
            f.passage(ident, ou)
        if rng.random() < 0.7:
            enquetes[ident] = f.menage_ops(ident, 2025, reponse=rng.randint(0, 1))
            enquetes[ident].ou = ou if ou in codes[:5] else None
    gestion = {c: f.gestion(c, 2025, nb_logements=rng.randint(3, 15), nb_occupes=3) for c in rng.sample(codes[:5], 4)}
    recalculer(f.EPCI)
    # A surveyed dwelling that neither a residence nor RPLS places is on no territory.
    places = [i for i, o in enquetes.items() if o.ou or i in parc]
    assert comptes("rpls_logements", "rpls_rattaches") == (len(parc), sum(ou is not None for ou, _ in parc.values()))
    assert comptes("ops_enquetes", "ops_hors_rpls") == (len(places), sum(i not in parc for i in places))
    assert comptes("ops_repondants") == (sum(enquetes[i].reponse for i in places),)
    assert comptes("occupes_compares", "occupes_non_enquetes", "vacants_enquetes") == (
        sum(mode == 1 for _, mode in parc.values()),
        sum(mode == 1 and ident not in enquetes for ident, (_, mode) in parc.items()),
        sum(mode in (2, 3) and ident in enquetes for ident, (_, mode) in parc.items()),
    )
    au_rpls = {code: sum(ou == code for ou, _ in parc.values()) for code in codes[:5]}
    assert comptes("ecart_logements") == (sum(abs(g.nb_logements - au_rpls[c]) for c, g in gestion.items()),)
    assert comptes("residences_comparees", "residences_en_gestion") == (
        sum(n > 0 for n in au_rpls.values()),
        sum(au_rpls[c] > 0 for c in gestion),
    )
    assert (MenageOps.objects.count(), GestionResidence.objects.count()) == (len(enquetes), 4)
