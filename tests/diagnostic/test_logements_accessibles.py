"""A bailleur's own dwellings, one by one: which standard household of the first quartile can pay for each."""

import pytest
from django.urls import reverse

from attributions.services import menages_q1
from diagnostic.calculs.accessibilite import Seuils, loyer_charges_max
from diagnostic.models import AplProfil
from diagnostic.services import baremes_apl, indicateurs, logements_accessibles
from tests import fabriques as f

pytestmark = pytest.mark.django_db
LOYERS = (180, 260, 340, 430, 560, 900)
TE, RPV, CHARGES_M2 = 0.375, 12, 2


@pytest.fixture
def bailleur():
    """Six vacant flats of two rooms, one let, one not under convention; another bailleur has one too."""
    f.commune(zone_apl=2, nom="Valcreux")
    f.seuil(2025, s1=9600)
    f.residence("R1")
    flat = {"surfhab": 45, "nbpiece": 2, "mode": 2}
    for rang, loyer in enumerate(LOYERS):
        f.logement(f"V{rang}", **flat, loyerprinc=loyer)
    f.logement("LOUE", **flat | {"mode": 1}, loyerprinc=300)
    f.logement("LIBRE", **flat, loyerprinc=300, conv=2)
    f.logement("GRAND", **flat | {"nbpiece": 5, "surfhab": 90}, loyerprinc=300)
    f.residence("V1", bailleur="900100002")
    f.logement("AUTRE", **flat, loyerprinc=300, bailleur="900100002", residence="V1")
    indicateurs.recalculer(f.EPCI)
    menages_q1.recalculer(f.EPCI)
    baremes_apl.completer(f.EPCI)
    return f.adhesion("bailleur", siren=f.BAILLEUR)


def lire(adhesion, **demandes):
    return logements_accessibles.lire(adhesion, f.EPCI, 2025, te=TE, rpv=RPV, charges_m2=CHARGES_M2, **demandes)


def test_only_one_s_own_vacant_dwellings_under_convention_are_listed(bailleur):
    assert sorted(ligne.ident_int for ligne in lire(bailleur).lignes) == ["GRAND", *(f"V{rang}" for rang in range(6))]
    assert "LOUE" in {ligne.ident_int for ligne in lire(bailleur, tous=True).lignes}
    assert "AUTRE" not in {ligne.ident_int for ligne in lire(bailleur, tous=True).lignes}


@pytest.mark.parametrize("nature", ["epci", "ddt", "commune"])
def test_nobody_else_reads_a_dwelling(bailleur, nature):
    assert lire(f.adhesion(nature)).lignes == ()


def test_verdict_is_that_of_the_rule(bailleur):
    """Rent and charges against the bound, with the benefit of that very rent, for a single person at the threshold."""
    lue = lire(bailleur)
    seul = lue.menages.index("Personne seule")
    profil = AplProfil.objects.get(couple=False, charge=0)
    pas = [float(profil.plafond) * rang / (len(profil.montants) - 1) for rang in range(len(profil.montants))]
    verdicts = {}
    for ligne in lue.lignes:
        if ligne.pieces != 2:
            continue
        assert ligne.charges == 90
        loyer = min(ligne.loyer, float(profil.plafond))
        rang = max(i for i, borne in enumerate(pas) if borne <= loyer + 1e-9)
        suivant = min(rang + 1, len(pas) - 1)
        part = (loyer - pas[rang]) / ((pas[suivant] - pas[rang]) or 1)
        apl = profil.montants[rang] + part * (profil.montants[suivant] - profil.montants[rang])
        borne = loyer_charges_max(800, apl, 1, Seuils(TE, RPV))
        verdicts[ligne.loyer] = ligne.accessibles[seul]
        assert ligne.accessibles[seul] == (ligne.loyer + ligne.charges <= borne), ligne
    assert set(verdicts.values()) == {True, False}
    suite = [verdicts[loyer] for loyer in sorted(verdicts)]
    assert suite == sorted(suite, reverse=True)  # who can pay a rent can pay a lower one


def test_a_dwelling_too_large_for_a_household_is_said_so(bailleur):
    lue = lire(bailleur)
    grand = next(ligne for ligne in lue.lignes if ligne.ident_int == "GRAND")
    assert grand.accessibles[lue.menages.index("Personne seule")] is None


def test_looser_thresholds_never_take_a_dwelling_away(bailleur):
    serre, souple = lire(bailleur), logements_accessibles.lire(bailleur, f.EPCI, 2025, te=0.5, rpv=5, charges_m2=2)
    for avant, apres in zip(serre.lignes, souple.lignes):
        assert all(apres_un >= avant_un for avant_un, apres_un in zip(avant.accessibles, apres.accessibles) if avant_un)


def test_without_threshold_the_page_says_what_is_missing(bailleur, client_de):
    f.attributions.SeuilQuartile.objects.all().delete()
    menages_q1.recalculer(f.EPCI)
    page = client_de(bailleur).get(reverse("logements_accessibles")).content.decode()
    assert "Le seuil du premier quartile de ce territoire n&#x27;est pas connu" in page or "n'est pas connu" in page


def test_page_lists_dwellings_with_words(bailleur, client_de):
    page = client_de(bailleur).get(f"{reverse('logements_accessibles')}?annee=2025&te=37,5&rpv=12").content.decode()
    assert "V0" in page and "taille inadaptée" in page and "AUTRE" not in page


def test_a_dwelling_under_two_ident_org_is_listed_once(bailleur):
    f.logement("V0", surfhab=45, nbpiece=2, mode=2, loyerprinc=999, ident_org="ZZZ")
    assert [ligne.loyer for ligne in lire(bailleur).lignes if ligne.ident_int == "V0"] == [180]
