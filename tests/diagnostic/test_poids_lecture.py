"""Weights as each reader sees them: from the counts of the territory, masked where a count is."""

import pytest

from diagnostic.services import appartenances, indicateurs, poids
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE_BAILLEUR = "900100002"
CODE = poids.TRES_MODESTES


def carre(x):
    return {"type": "Polygon", "coordinates": [[[x, 46], [x + 1, 46], [x + 1, 47], [x, 47], [x, 46]]]}


def peupler(residence, modestes, autres, bailleur=f.BAILLEUR, recents=0):
    """So many households under and over 20 % of the ceiling; the first ones arrived lately."""
    for rang in range(modestes + autres):
        ident = f"{residence}-{rang}"
        f.logement(ident, residence=residence, bailleur=bailleur)
        f.menage_ops(
            ident,
            annee=2025,
            bailleur=bailleur,
            pct_plafond_plus=10 if rang < modestes else 50,
            date_entree="2024-05-01" if rang < recents else "2001-05-01",
        )


@pytest.fixture
def territoire():
    """A quarter of 20 tenants, 14 of them under 20 %, and 80 others outside, 26 under."""
    f.commune()
    f.organisation("epci", f.EPCI)
    f.perimetre("QP1", version="2024", geometrie=carre(2))
    for source in ("ops", "rpls", "gestion", "sne"):
        f.protocole("epci", source, "residence")
        f.protocole("bailleur", source, "qpv")
    f.residence("R1", longitude=2.5)
    f.residence("R2", longitude=9)
    peupler("R1", 14, 6, recents=12)
    peupler("R2", 26, 54, recents=24)


def calculer():
    appartenances.calculer(f.EPCI)
    indicateurs.recalculer(f.EPCI)


def une(adhesion, niveau="qpv", **filtres):
    lues = poids.lire(adhesion, f.EPCI, niveau=niveau, **({"code": CODE, "population": "ensemble"} | filtres))
    assert len(lues) == 1
    return lues[0]


def test_weight_of_a_quarter_in_the_stock_the_tenants_and_the_poorest(territoire):
    calculer()
    ligne = une(f.adhesion("epci"))
    assert (ligne.territoire, ligne.nom, ligne.version, ligne.millesime) == ("QP1", "Quartier QP1", "2024", 2025)
    assert (ligne.poids_parc, ligne.poids_population, ligne.poids_indicateur) == (0.2, 0.2, 0.35)
    assert ligne.specialisation == 1.75 and not ligne.secret


def test_what_a_quarter_takes_in_counts_its_tenants_its_poorest_and_its_poorest_newcomers(territoire):
    calculer()
    lues = poids.lire(f.adhesion("epci"), f.EPCI, niveau="qpv", code=CODE)
    accueil = poids.fonctions_accueil(lues)["qpv", "QP1", "2024"]
    assert (accueil.locataires.poids_population, accueil.locataires.poids_indicateur) == (0.2, 0.35)
    assert accueil.recents.poids_indicateur == round(12 / 36, 4)


def test_quarter_and_the_rest_weigh_the_whole_territory(territoire):
    calculer()
    adhesion = f.adhesion("epci")
    for code in (CODE, "petits_logements"):
        lues = [une(adhesion, niveau, code=code) for niveau in ("qpv", "hors_qpv")]
        for champ in ("poids_parc", "poids_population", "poids_indicateur"):
            parts = [getattr(ligne, champ) for ligne in lues]
            assert sum(parts) == 1 if parts[0] is not None else parts == [None, None]
    commune = une(adhesion, "commune")
    assert (commune.poids_parc, commune.poids_indicateur, commune.specialisation) == (1, 1, 1)


def test_stock_unknown_leaves_the_other_weights(territoire):
    f.diagnostic.Logement.objects.all().update(courant=False)
    calculer()
    assert not poids.lire(f.adhesion("epci"), f.EPCI, niveau="qpv", code="petits_logements")


def test_a_small_quarter_has_no_weight_for_a_partner(territoire):
    f.perimetre("QP2", version="2024", geometrie=carre(5))
    f.residence("R3", longitude=5.5)
    peupler("R3", 4, 6)
    calculer()
    adhesion = f.adhesion("epci")
    masquee = une(adhesion, territoire="QP2")
    assert masquee.secret and masquee.poids_parc == round(10 / 110, 4)  # dwellings are shown to a partner
    assert (masquee.poids_population, masquee.poids_indicateur, masquee.specialisation) == (None, None, None)
    assert not une(adhesion, territoire="QP1").secret


def test_a_competitor_reads_no_weight_of_a_quarter_that_another_dominates(territoire):
    f.residence("V1", bailleur=AUTRE_BAILLEUR, longitude=9)
    peupler("V1", 10, 90, bailleur=AUTRE_BAILLEUR)
    calculer()
    voisin = f.adhesion("bailleur", siren=AUTRE_BAILLEUR)
    assert une(voisin).secret and une(voisin).poids_parc is None
    assert not une(voisin, "commune").secret
    assert not une(f.adhesion("bailleur", siren=f.BAILLEUR)).secret


def test_a_stranger_and_another_territory_read_nothing(territoire):
    calculer()
    assert poids.lire(None, f.EPCI) == []
    assert poids.lire(f.adhesion("epci", siren="900000002"), f.EPCI) == []
