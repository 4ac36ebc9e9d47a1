"""The stock by classes and its low rents: the sources' own tables, what each reader sees, what recomputing gives."""

from datetime import date

import pytest

from diagnostic.models import Comptage
from diagnostic.services import appartenances, indicateurs, parc, parc_ouvert, secteurs_fragiles
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE = "900100002"
ECARTS = [i.code for i in parc.ECART_APL.classes]
# E3 §3.1, in and out of ZUS
HCLPD_DANS = (464_774, 191_455, 134_467, 58_865, 39_904, 42_392)
HCLPD_HORS = (948_894, 411_047, 362_572, 350_746, 396_814, 687_036)


@pytest.fixture
def territoire():
    f.commune()
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


def lire(nature="epci", millesime=2025, **champs):
    return parc.lire(f.adhesion(nature, **champs), f.EPCI, millesime)


def taux(lignes, repartition, perimetre="territoire", bailleur=None):
    """{class: rate} of a breakdown."""
    return {
        ligne.code: ligne.taux
        for ligne in lignes
        if (ligne.repartition, ligne.perimetre, ligne.bailleur) == (repartition, perimetre, bailleur)
    }


def compter_loyers(tout, hors, bailleur=f.BAILLEUR):
    """The counts of the six classes, over the territory and out of QPV."""
    for niveau, version, comptes in (("epci", "", tout), ("hors_qpv", "2015", hors)):
        n = {f"n_{code}": compte for code, compte in zip(ECARTS, comptes)}
        f.comptage(
            f.EPCI,
            niveau,
            bailleur,
            version=version,
            sources=["rpls"],
            logements=sum(comptes),
            d_loyer_apl_moins_20=sum(comptes),
            **n,
        )


def au_dessus(lignes, perimetre):
    return sum(list(taux(lignes, "ecart_apl", perimetre).values())[3:])


def test_shares_above_the_ceiling_are_those_of_the_hclpd(territoire):
    compter_loyers([a + b for a, b in zip(HCLPD_DANS, HCLPD_HORS)], HCLPD_HORS)
    lignes = lire()
    assert au_dessus(lignes, "en_qpv") == pytest.approx(0.1515, abs=0.0001)
    assert au_dessus(lignes, "hors_qpv") == pytest.approx(0.4544, abs=0.0001)
    assert au_dessus(lignes, "territoire") == pytest.approx(0.3854, abs=0.0001)


@pytest.mark.parametrize(
    ("bas", "haut", "attendu"),
    [(56_482, 82_688, (0.476, 0.2208, 0.3032)), (0, 0, (0, 0, 1)), (118_660, 118_660, (1, 0, 0))],
)
def test_low_rents_by_the_mel_way_are_three_exclusive_shares(territoire, bas, haut, attendu):
    comptes = {"n_loyer_couvert_min": bas, "n_loyer_couvert_max": haut, "d_loyer_couvert_min": 118_660}
    f.comptage(f.EPCI, "epci", sources=["rpls"], logements=118_660, **comptes)
    parts = taux(lire(), "bas_loyers_mel")
    assert tuple(parts.values()) == attendu
    if bas == 56_482:
        assert parts["bas_loyers_mel_min"] + parts["bas_loyers_mel_max"] == pytest.approx(0.697, abs=0.0005)
    assert sum(parts.values()) == pytest.approx(1, abs=0.0002)


# --- from the rows --------------------------------------------------------------------------------------------------

PLAFOND = 400
# rent for a ceiling of 400: rank of its class (e = 0 lies under)
LOYERS = {
    "319.99": 0,
    "320": 1,
    "359.99": 1,
    "360": 2,
    "400": 2,
    "400.01": 3,
    "440": 3,
    "440.01": 4,
    "480": 4,
    "480.01": 5,
    "0": 0,
}


def recalculer():
    appartenances.calculer(f.EPCI)
    secteurs_fragiles.recalculer(f.EPCI)
    indicateurs.recalculer(f.EPCI)


@pytest.mark.parametrize(("loyer", "rang"), LOYERS.items())
def test_a_rent_is_classed_by_its_gap_to_the_ceiling(territoire, loyer, rang):
    f.residence()
    f.logement(loyerprinc=loyer, loyermaxapl=PLAFOND)
    recalculer()
    assert list(taux(lire(), "ecart_apl").values()) == [float(i == rang) for i in range(6)]


def test_only_let_dwellings_have_a_rent_to_compare(territoire):
    f.residence()
    for mode in (1, 2, 3, None):
        f.logement(mode=mode, loyerprinc=300, loyermaxapl=400)
    f.logement(loyerprinc=None, loyermaxapl=400)
    f.logement(loyerprinc=300, loyermaxapl=None)
    recalculer()
    (ligne,) = Comptage.objects.filter(niveau="epci", population="ensemble")
    assert (ligne.n_loyer_apl_moins_20, ligne.d_loyer_apl_moins_20, ligne.logements) == (1, 1, 6)
    assert ligne.n_loyer_sous_plafond_apl == 1


CLASSES = {
    "financement": (
        "finan",
        {
            **dict.fromkeys((10, 11), "logements_plai"),
            **dict.fromkeys((12, 13), "logements_plus"),
            14: "logements_pls",
            **dict.fromkeys((16, 17), "logements_intermediaires"),
            **dict.fromkeys((50, 51, 52, 53, 54, 55, 99), "logements_finances_avant_1977"),
            **dict.fromkeys((15, 49), "logements_autre_financement"),
            None: None,
        },
    ),
    "typologie": (
        "nbpiece",
        {0: "logements_t1", 1: "logements_t1", 2: "logements_t2", 3: "logements_t3", 4: "logements_t4"}
        | {5: "grands_logements", 9: "grands_logements", None: None},
    ),
    "periode": (
        "construct",
        {
            1946: "construits_avant_1947",
            1947: "construits_1947_1964",
            1964: "construits_1947_1964",
            1965: "construits_1965_1977",
            1977: "construits_1965_1977",
            1978: "construits_1978_1999",
            1999: "construits_1978_1999",
            2000: "construits_2000_2017",
            2017: "construits_2000_2017",
            2018: "construits_depuis_2018",
            None: None,
        },
    ),
    "dpe": ("dpeenergie", {"A": "dpe_a", "b": "dpe_b", "G": "dpe_g", "H": None, "N": None, None: None}),
}


@pytest.mark.parametrize("repartition", CLASSES)
def test_each_dwelling_is_in_one_class_or_unknown(territoire, repartition):
    champ, attendus = CLASSES[repartition]
    for rang, valeur in enumerate(attendus):
        f.residence(f"R{rang}")
        f.logement(f"L{rang}", residence=f"R{rang}", **{champ: valeur})
    recalculer()
    groupe = next(un for un in parc.REPARTITIONS if un.code == repartition)
    for rang, attendu in enumerate(attendus.values()):
        ligne = Comptage.objects.get(territoire=f"{f.BAILLEUR}:R{rang}", population="ensemble")
        comptes = {i.code: getattr(ligne, i.colonne_numerateur) for i in groupe.classes}
        connu = getattr(ligne, groupe.classes[0].colonne_denominateur)
        assert (comptes, connu) == ({code: int(code == attendu) for code in comptes}, int(attendu is not None))


@pytest.mark.parametrize(
    ("loyer", "surface", "attendu"),
    [("330", 60, 1), ("330.01", 60, 0), ("0", 60, 1), ("330", 0, None), (None, 60, None), ("330", None, None)],
)
def test_low_rent_per_m2_is_at_or_under_the_bound_of_the_territory(territoire, loyer, surface, attendu):
    f.residence()
    f.logement(loyerprinc=loyer, surfhab=surface)
    recalculer()
    assert taux(lire(), "bas_loyers_gpso") == {"bas_loyer_m2": attendu}


def test_the_bound_is_the_territory_s_own_from_its_date(territoire):
    f.residence()
    for millesime in (2024, 2025):
        f.logement("L1", millesime, loyerprinc=330.01, surfhab=60)
    propre = {"loyer_m2": 6, "taux_effort": 0.3, "charges": 0.2}
    f.parametre("bas_loyer_gpso", propre, epci=f.EPCI, debut=date(2025, 6, 1))
    recalculer()
    assert taux(lire(millesime=2024), "bas_loyers_gpso") == {"bas_loyer_m2": 0}
    assert taux(lire(millesime=2025), "bas_loyers_gpso") == {"bas_loyer_m2": 1}


# Zone 2 on 1 January 2025 (arrêté of 27/09/2024): one person 287.35, couple 351.72, one dependant 395.77 and 57.61 for
# the next; charges 59.97, 13.60 a dependant. A T3 suits a couple (least) to a couple and two (most).
T3_MIN, T3_MAX, CHARGES_MIN, CHARGES_MAX = 351.72, 453.38, 59.97, 87.17


@pytest.mark.parametrize(
    ("loyer", "seul", "charges"),
    [
        (T3_MIN - CHARGES_MIN, "min", "min"),
        (T3_MIN - CHARGES_MIN + 0.01, "min", "max"),
        (T3_MIN, "min", "max"),
        (T3_MIN + 0.01, "max", "max"),
        (T3_MAX - CHARGES_MAX, "max", "max"),
        (T3_MAX - CHARGES_MAX + 0.01, "max", "aucun"),
        (T3_MAX, "max", "aucun"),
        (T3_MAX + 0.01, "aucun", "aucun"),
    ],
)
def test_a_rent_is_covered_at_the_least_or_the_most_numerous_household(loyer, seul, charges):
    f.commune(zone_apl=2)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    f.residence()
    f.logement(nbpiece=3, loyerprinc=round(loyer, 2))
    recalculer()
    lignes = lire()
    for repartition, attendu in (("bas_loyers_mel", seul), ("bas_loyers_mel_charges", charges)):
        assert taux(lignes, repartition) == {
            f"{repartition}_{classe}": float(classe == attendu) for classe in ("min", "max", "aucun")
        }


def test_a_commune_without_apl_zone_has_no_ceiling_and_is_not_compared(territoire):
    f.residence()
    f.logement(nbpiece=3, loyerprinc=300)
    recalculer()
    assert set(taux(lire(), "bas_loyers_mel").values()) == {None}


# --- fragile sectors ------------------------------------------------------------------------------------------------


def carre(x, y=46.0, cote=0.01):
    return {"type": "Polygon", "coordinates": [[[x, y], [x + cote, y], [x + cote, y + cote], [x, y + cote], [x, y]]]}


@pytest.fixture
def quartier(territoire):
    """A QPV from longitude 2 to 2.01; a degree of longitude is 77.5 km there: 100 m are 0.00129 degrees."""
    f.perimetre("QP1", geometrie=carre(2.0))
    f.perimetre("S1", nature="secteur", version="2020", geometrie=carre(2.5))


def residence_a(code, longitude, loyer=300, plafond=400, bailleur=f.BAILLEUR):
    f.residence(code, bailleur=bailleur, longitude=longitude, latitude=46.005)
    f.logement(f"L{code}", residence=code, bailleur=bailleur, loyerprinc=loyer, loyermaxapl=plafond)


@pytest.mark.parametrize(
    ("longitude", "fragile"), [(2.005, True), (2.01, True), (2.0112, True), (2.0115, False), (2.3, False)]
)
def test_fragile_sectors_are_the_qpv_and_the_residences_that_border_them(quartier, longitude, fragile):
    residence_a("R1", longitude)
    recalculer()
    assert taux(lire(), "bas_loyers_reims") == {
        "reims_bas_hors_fragile": float(not fragile),
        "reims_bas_fragile": float(fragile),
        "reims_autres": 0,
    }


def test_a_territory_names_its_own_fragile_sectors(quartier):
    residence_a("R1", 2.505)
    recalculer()
    assert taux(lire(), "bas_loyers_reims")["reims_bas_hors_fragile"] == 1
    reglage = {"ecart_max": 0, "limitrophe_metres": 100, "secteurs": [{"nature": "secteur", "code": "S1"}]}
    f.parametre("bas_loyer_reims", reglage, epci=f.EPCI)
    recalculer()
    assert taux(lire(), "bas_loyers_reims")["reims_bas_fragile"] == 1


def test_residences_are_classed_by_their_rents_together(quartier):
    residence_a("R1", 2.3, loyer=300)
    f.logement("L1b", residence="R1", loyerprinc=500, loyermaxapl=400)
    residence_a("R2", 2.3, loyer="400.01")
    recalculer()
    lignes = lire()
    assert taux(lignes, "bas_loyers_reims") == {
        "reims_bas_hors_fragile": 0.6667,  # two dwellings, 800 for 800
        "reims_bas_fragile": 0,
        "reims_autres": 0.3333,
    }
    assert list(taux(lignes, "residences_hors_fragile").values()) == [0, 0, 0.6667, 0.3333, 0, 0]
    assert sum(taux(lignes, "residences_fragiles").values()) == 0


# --- who reads what -------------------------------------------------------------------------------------------------


@pytest.fixture
def deux_bailleurs(quartier):
    """The first bailleur has 12 dwellings out of QPV, the other 12 there and 3 in."""
    for n in range(12):
        residence_a(f"A{n}", 2.3)
        residence_a(f"B{n}", 2.3, bailleur=AUTRE)
    for n in range(3):
        residence_a(f"Q{n}", 2.005, bailleur=AUTRE)
    recalculer()


def vus(lignes):
    return {(ligne.perimetre, ligne.bailleur) for ligne in lignes if not ligne.secret}


def test_the_epci_and_the_ddt_read_every_bailleur(deux_bailleurs):
    tout = {("territoire", None), ("en_qpv", None), ("hors_qpv", None), ("bailleur", f.BAILLEUR), ("bailleur", AUTRE)}
    assert vus(lire("epci")) == tout
    assert vus(lire("ddt", departement="99")) == tout


def test_a_bailleur_reads_its_own_lines_and_the_whole(deux_bailleurs):
    lignes = lire("bailleur")
    assert {ligne.bailleur for ligne in lignes} == {None, f.BAILLEUR}
    assert ("bailleur", f.BAILLEUR) in vus(lignes)


def test_what_another_bailleur_makes_alone_is_masked_with_its_complement(deux_bailleurs):
    masques = {ligne.perimetre for ligne in lire("bailleur") if ligne.secret and ligne.repartition == "typologie"}
    assert masques == {"en_qpv", "hors_qpv"}
    assert ("en_qpv", None) in vus(lire("bailleur", siren=AUTRE))


def test_without_protocole_small_counts_are_masked(deux_bailleurs):
    lignes = [ligne for ligne in lire("commune", siren="219900011") if ligne.repartition == "ecart_apl"]
    assert lignes == []  # no commune of that SIREN: the territory is not known to it
    f.commune("99002", siren="219900011")
    lignes = [ligne for ligne in lire("commune", siren="219900011") if ligne.repartition == "typologie"]
    assert {ligne.perimetre for ligne in lignes if ligne.secret} == {"en_qpv", "hors_qpv"}
    assert {ligne.bailleur for ligne in lignes} == {None}


def test_a_stranger_reads_nothing(deux_bailleurs):
    assert parc.lire(None, f.EPCI, 2025) == []
    assert parc.lire(f.adhesion("epci", siren="900000009"), f.EPCI, 2025) == []


# --- the open file --------------------------------------------------------------------------------------------------


def test_the_open_file_counts_dwellings_by_class_without_rents(territoire):
    from diagnostic.models import ParcOuvert

    depot = f.depot("rpls_ouvert")
    for finan, nbpiece, construct, logements in ((11, 1, 1946, 5), (13, 5, None, 15), (None, 3, 2018, 2)):
        ParcOuvert.objects.create(
            depot=depot, millesime=2024, departement="99", territoire=f.EPCI, commune=f.COMMUNE, finan=finan,
            nbpiece=nbpiece, construct=construct, logements=logements,
        )  # fmt: skip
    lecteur = f.adhesion("epci")
    assert parc_ouvert.millesime_ouvert(lecteur, f.EPCI, 2025) == 2024
    lignes = parc_ouvert.lire(lecteur, f.EPCI, 2024)
    lus = {ligne.code: (ligne.numerateur, ligne.denominateur) for ligne in lignes if ligne.numerateur}
    assert lus == {
        "logements_plai": (5, 20),
        "logements_plus": (15, 20),
        "logements_t1": (5, 22),
        "logements_t3": (2, 22),
        "grands_logements": (15, 22),
        "construits_avant_1947": (5, 7),
        "construits_depuis_2018": (2, 7),
    }
    assert parc_ouvert.lire(f.adhesion("epci", siren="900000009"), f.EPCI, 2024) == []
