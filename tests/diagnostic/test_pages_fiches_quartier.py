"""Pages of the sheets of a quartier: the EPCI writes, others read what they may, the simulator answers its address."""

import re

import pytest

from diagnostic.models import FicheQuartier, PointZero
from partenaires.calculs.nombres import FINE
from tests import fabriques as f
from tests.diagnostic.test_fiches_quartier import CARRE, CIBLE, PAUVRES, QP, compter

pytestmark = pytest.mark.django_db
PROSPECTIVE = f"/diagnostic/fiches/prospective/qpv/{QP}/"
TERRITORIALE = f"/diagnostic/fiches/territoriale/qpv/{QP}/"
CHOIX = {"epci": f.EPCI, "annee": 2025}


@pytest.fixture
def epci(client):
    f.commune()
    f.organisation("epci", f.EPCI)
    f.perimetre(QP, version="2015", geometrie=CARRE, commune_code=f.COMMUNE, nom="Les Lilas")
    for source in ("ops", "rpls", "gestion", "sne"):
        f.protocole("epci", source, "residence")
    f.appartenance(f.residence("R1", nom="Résidence R1"), QP)
    for annee, ici, la in ((2023, 30, 40), (2025, 24, 36)):
        compter("qpv", QP, annee, 100, ici, version="2015")
        compter("epci", f.EPCI, annee, 200, la)
    client.force_login(f.adhesion("epci").utilisateur)
    return client


def envoi(vu=0, **champs) -> dict:
    """The form as the page sends it: three blank lines in each list, but for what is filled in."""
    donnees = {"vu": vu, "moment": "programmation", "vocation": "Accueil"}
    vides = {
        "actions": {"libelle": "", "champ": "offre", "etat": "programmee", "echeance": ""},
        "cibles": {"indicateur": "", "population": "ensemble", "sens": "maximum", "valeur": "", "horizon": ""},
        "objectifs": {"residence": "", "indicateur": "", "sens": "maximum", "valeur": ""},
    }
    for liste, vide in vides.items():
        donnees |= {f"{liste}-TOTAL_FORMS": 3, f"{liste}-INITIAL_FORMS": 0}
        donnees |= {f"{liste}-{rang}-{champ}": valeur for rang in range(3) for champ, valeur in vide.items()}
    return donnees | champs


def ecrire(client, **champs):
    return client.post(f"{PROSPECTIVE}modifier/?epci={f.EPCI}&annee=2025", envoi(**champs), follow=True)


def test_a_quarter_without_a_sheet_says_so_and_offers_to_write_it(epci):
    page = epci.get(PROSPECTIVE, CHOIX).content.decode()
    assert "Aucune fiche prospective n&#x27;est écrite" in page
    assert "Écrire la fiche" in page
    assert "Télécharger le PDF" not in page


def test_the_epci_writes_a_sheet_with_the_form_and_blank_lines_are_left_out(epci):
    page = ecrire(
        epci,
        trajectoire="T3",
        horizon_fin_npnru="2030-12-31",
        **{
            "actions-1-libelle": "Réhabiliter",
            "cibles-0-indicateur": PAUVRES,
            "cibles-0-valeur": "25",
            "cibles-0-horizon": "fin_npnru",
            "objectifs-2-residence": f"{f.BAILLEUR}:R1",
            "objectifs-2-indicateur": PAUVRES,
            "objectifs-2-valeur": "12.5",
        },
    ).content.decode()
    fiche = FicheQuartier.objects.get()
    assert fiche.cibles == [CIBLE | {"horizon": "fin_npnru"}]
    assert fiche.actions == [{"libelle": "Réhabiliter", "champ": "offre", "etat": "programmee", "echeance": ""}]
    assert [(objectif["residence"], objectif["valeur"]) for objectif in fiche.objectifs] == [
        (f"{f.BAILLEUR}:R1", "0.125")
    ]
    assert (fiche.horizons, fiche.millesime) == ({"fin_npnru": "2030-12-31"}, 2025)
    assert "Version 1 de la fiche enregistrée" in page
    assert f"au plus 12,5{FINE}%" in page


def test_the_form_shows_the_latest_version_and_a_line_is_withdrawn(epci):
    f.fiche_quartier(cibles=[CIBLE])
    page = epci.get(f"{PROSPECTIVE}modifier/", CHOIX).content.decode()
    assert 'name="cibles-0-valeur" value="25"' in page
    ligne = {f"cibles-0-{champ}": valeur for champ, valeur in (CIBLE | {"valeur": "25"}).items()}
    ecrire(epci, vu=1, **ligne | {"cibles-INITIAL_FORMS": 1, "cibles-0-DELETE": "on"})
    assert FicheQuartier.objects.get(numero=2).cibles == []


def test_a_faulty_sheet_is_given_back_with_what_was_typed(epci):
    reponse = ecrire(epci, **{"cibles-0-indicateur": PAUVRES, "cibles-0-valeur": "125", "vocation": "Gardée"})
    page = reponse.content.decode()
    assert reponse.status_code == 400
    assert "Cible 1 : une part va de 0 à 100 %." in page
    assert "Gardée" in page
    assert not FicheQuartier.objects.exists()


def test_a_sheet_written_meanwhile_is_told(epci):
    f.fiche_quartier()
    reponse = ecrire(epci, vu=0, vocation="Trop tard")
    assert reponse.status_code == 409
    assert "écrite par quelqu&#x27;un d&#x27;autre" in reponse.content.decode()


@pytest.mark.parametrize("champs", [{}, {"vu": "x", "moment": "jamais"}, {"cibles-TOTAL_FORMS": "beaucoup"}])
def test_a_broken_form_is_refused_and_nothing_breaks(epci, champs):
    assert epci.post(f"{PROSPECTIVE}modifier/?epci={f.EPCI}", champs).status_code == 400


def test_a_reader_of_the_epci_reads_and_does_not_write(epci):
    f.fiche_quartier()
    epci.force_login(f.adhesion("epci", role="lecteur").utilisateur)
    assert "Écrire une nouvelle version" not in epci.get(PROSPECTIVE, CHOIX).content.decode()
    assert epci.get(f"{PROSPECTIVE}modifier/", CHOIX).status_code == 403
    assert epci.post(TERRITORIALE, {"millesime": 2025, "raison": "Non"}).status_code == 403


def test_a_former_version_is_read_at_its_address(epci):
    f.fiche_quartier(vocation="La première")
    f.fiche_quartier(numero=2, vocation="La seconde")
    assert "La seconde" in epci.get(PROSPECTIVE, CHOIX).content.decode()
    page = epci.get(PROSPECTIVE, CHOIX | {"version": 1}).content.decode()
    assert "La première" in page and "La seconde" not in page
    assert epci.get(PROSPECTIVE, CHOIX | {"version": 3}).status_code == 404


def test_the_simulator_starts_from_what_is_counted_and_answers_its_address(epci):
    """24 % to 15 % of newcomers at 10 % a year: 23.1 %, then 22.29 %: under 23 % from the second year."""
    f.fiche_quartier(cibles=[CIBLE | {"valeur": "0.23"}])
    assert 'name="stock" value="24.0"' in epci.get(PROSPECTIVE, CHOIX).content.decode()
    hypotheses = {"cible": 0, "stock": 24, "entrants": 15, "rotation": 10, "annees": 3}
    page = epci.get(PROSPECTIVE, CHOIX | hypotheses).content.decode()
    assert "est tenue à partir de 2027" in page
    assert f"22,3{FINE}%" in page
    assert "Attention" not in page
    assert (
        "Attention : une rotation dépasse rarement"
        in epci.get(PROSPECTIVE, CHOIX | hypotheses | {"rotation": 11}).content.decode()
    )


@pytest.mark.parametrize(
    "champs",
    [{"stock": "101"}, {"stock": "x"}, {"cible": 7}, {"annees": 0}, {"sortants": 100, "entrants": 0, "rotation": 50}],
)
def test_impossible_hypotheses_are_said_without_a_simulation(epci, champs):
    f.fiche_quartier(cibles=[CIBLE])
    hypotheses = {"cible": 0, "stock": 24, "entrants": 15, "rotation": 10, "annees": 3} | champs
    reponse = epci.get(PROSPECTIVE, CHOIX | hypotheses)
    assert reponse.status_code == 200
    assert "errorlist" in reponse.content.decode()
    assert "Part projetée" not in reponse.content.decode()


@pytest.mark.parametrize("adresse", [PROSPECTIVE, TERRITORIALE])
def test_a_sheet_is_a_pdf(epci, adresse):
    f.fiche_quartier(cibles=[CIBLE])
    reponse = epci.get(adresse, CHOIX | {"format": "pdf"})
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse.content.startswith(b"%PDF")


def test_the_point_zero_is_set_from_the_page(epci):
    page = epci.post(f"{TERRITORIALE}?epci={f.EPCI}&annee=2025", {"millesime": 2025, "raison": "Chantier"}, follow=True)
    assert PointZero.objects.get().millesime == 2025
    assert "Chantier" in page.content.decode()


@pytest.mark.parametrize("champs", [{}, {"millesime": 1999, "raison": "Avant"}, {"millesime": 2025, "raison": ""}])
def test_a_faulty_point_zero_is_refused(epci, champs):
    assert epci.post(f"{TERRITORIALE}?epci={f.EPCI}&annee=2025", champs).status_code == 400
    assert not PointZero.objects.exists()


def test_the_page_of_the_quarter_leads_to_its_sheets(epci):
    page = epci.get(f"/diagnostic/quartiers/qpv/{QP}/", CHOIX).content.decode()
    assert PROSPECTIVE in page and TERRITORIALE in page


def test_a_commune_has_a_fiche_territoriale_and_no_prospective_one(epci):
    assert epci.get(f"/diagnostic/fiches/territoriale/commune/{f.COMMUNE}/", CHOIX).status_code == 200
    assert epci.get(f"/diagnostic/fiches/prospective/commune/{f.COMMUNE}/", CHOIX).status_code == 404
    assert epci.get("/diagnostic/fiches/prospective/qpv/QP000000/", CHOIX).status_code == 404


def test_no_two_landmarks_of_the_form_bear_the_same_name(epci):
    """Each list of lines is one landmark, its table; its heading names no other."""
    page = epci.get(f"{PROSPECTIVE}modifier/", CHOIX).content.decode()
    regions = re.findall(r'role="region" aria-label="(.*?)"', page)
    titres = [
        re.search(rf'id="{nom}">(.*?)<', page)[1] for nom in re.findall(r'<section aria-labelledby="(.*?)"', page)
    ]
    assert len(regions) > 1 and len({*regions, *titres}) == len(regions) + len(titres)
