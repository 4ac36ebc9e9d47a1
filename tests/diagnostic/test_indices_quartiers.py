"""Classes of quartiers: the territory's rules over class, QPV, equipment and transport; who writes the levels."""

from datetime import date

import pytest

from diagnostic.calculs.indices_quartier import Quartier, classe_du_quartier, lire_regles
from diagnostic.models import Methode, SituationQuartier
from diagnostic.services import indices, situations
from partenaires.models import JournalAcces
from tests import fabriques as f
from tests.diagnostic.territoire_d_indices import QPV, territoire

__all__ = ["territoire"]

REGLES = [
    {"libelle": "Fragile et enclavé", "si": {"classe": ["Vigilance", "Fragilité"], "qpv": True, "desserte": [1, 2]}},
    {"libelle": "Fragile", "si": {"classe": ["Vigilance", "Fragilité"]}},
    {"libelle": "Bien doté", "si": {"equipements": [3, 4], "desserte": [3, 4]}},
    {"libelle": "Hors QPV", "si": {"qpv": False}},
]
CLASSES = ["Potentiel", "Vigilance", "Fragilité"]


@pytest.mark.parametrize(
    ("quartier", "attendue"),
    [
        (Quartier("Fragilité", True, 4, 1), "Fragile et enclavé"),
        (Quartier("Vigilance", True, 4, 2), "Fragile et enclavé"),
        (Quartier("Vigilance", True, 4, 3), "Fragile"),
        (Quartier("Fragilité", False, 4, 1), "Fragile"),
        (Quartier("Fragilité", True, 4, None), "Fragile"),  # what is not known does not hold
        (Quartier("Potentiel", True, 3, 4), "Bien doté"),
        (Quartier("Potentiel", False, 3, 2), "Hors QPV"),
        (Quartier("Potentiel", True, 2, 4), None),
        (Quartier(None, None, None, None), None),
    ],
)
def test_the_first_rule_that_holds_gives_the_class(quartier, attendue):
    fautes = []
    assert classe_du_quartier(lire_regles(REGLES, CLASSES, fautes), quartier) == attendue
    assert fautes == []


@pytest.fixture
def classant(territoire):
    """The territory's own method, a copy of valenciennes that classes its quartiers."""
    modele = Methode.objects.get(code="valenciennes")
    modele.pk, modele.code, modele.epci = None, "agglo", f.EPCI
    moyenne = ["Dans la moyenne de l'agglomération"]
    modele.regles_quartier = [
        {"libelle": "À désenclaver", "si": {"classe": moyenne, "qpv": True, "desserte": [1, 2]}},
        {"libelle": "À suivre", "si": {"classe": moyenne}},
    ]
    modele.save()
    indices.recalculer(f.EPCI)
    return f.adhesion("epci", role="gestionnaire")


SAISIE = {"equipements": 3, "desserte": 1, "en_qpv": None, "commentaire": "un bus par heure"}


def classes_lues(adhesion):
    return {ligne.niveau: ligne.classe_quartier for ligne in indices.lire(adhesion, methode="agglo")}


@pytest.mark.django_db
def test_the_class_of_the_quartier_follows_what_the_epci_writes(classant):
    assert classes_lues(classant) == {"residence": None, "commune": None, "epci": None, "qpv": "À suivre"}
    situations.ecrire(classant, f.EPCI, "qpv", QPV, "2024", **SAISIE)
    assert classes_lues(classant)["qpv"] == "À désenclaver"
    situations.ecrire(classant, f.EPCI, "qpv", QPV, "2024", **SAISIE | {"desserte": 3})
    assert classes_lues(classant)["qpv"] == "À suivre"
    assert SituationQuartier.objects.get().ecrite_par == classant.utilisateur
    assert JournalAcces.objects.filter(action="situation_quartier").count() == 2


@pytest.mark.django_db
def test_a_masked_index_tells_no_class_of_quartier(classant):
    f.parametre("secret_k", 200, epci=f.EPCI)
    assert classes_lues(classant)["qpv"] is None


@pytest.mark.django_db
def test_the_levels_of_a_version_are_not_those_of_another(classant):
    f.perimetre(QPV, version="2015", commune_code=f.COMMUNE)
    situations.ecrire(classant, f.EPCI, "qpv", QPV, "2015", **SAISIE)
    assert classes_lues(classant)["qpv"] == "À suivre"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("nature", "role", "siren"),
    [("epci", "lecteur", f.EPCI), ("epci", "gestionnaire", "900000002"), ("ddt", "gestionnaire", None)]
    + [("bailleur", "gestionnaire", None)],
)
def test_only_the_epci_of_the_territory_writes(classant, nature, role, siren):
    champs = {"organisation": f.organisation(nature, siren=siren)} if siren else {}
    adhesion = f.adhesion(nature, role=role, **champs)
    with pytest.raises(situations.SituationInterdite):
        situations.ecrire(adhesion, f.EPCI, "qpv", QPV, "2024", **SAISIE)


@pytest.mark.django_db
def test_a_quartier_of_elsewhere_is_unknown(classant):
    with pytest.raises(situations.QuartierInconnu):
        situations.ecrire(classant, f.EPCI, "secteur", QPV, "2024", **SAISIE)


# --- the page --------------------------------------------------------------------------------------------------------

CLE = f"qpv:2024:{QPV}"
ADRESSE = f"/diagnostic/quartiers/situation/?epci={f.EPCI}&annee=2025"


@pytest.mark.django_db
def test_the_epci_fills_in_the_levels_on_the_page(classant, client_de):
    client = client_de(classant)
    assert f'value="{CLE}"' in client.get(f"{ADRESSE}&quartier={CLE}").content.decode()
    envoi = {"perimetre": CLE, "equipements": "4", "desserte": "2", "commentaire": "gare"}
    reponse = client.post(ADRESSE, envoi, follow=True)
    assert "Situation enregistrée" in reponse.content.decode()
    situation = SituationQuartier.objects.get()
    assert (situation.equipements, situation.desserte, situation.en_qpv) == (4, 2, None)
    assert "4 Très bon" in reponse.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("champ", "valeur"), [("equipements", "5"), ("desserte", "x"), ("commentaire", "a" * 501)])
def test_a_wrong_level_is_told_on_the_page_and_changes_nothing(classant, client_de, champ, valeur):
    reponse = client_de(classant).post(ADRESSE, {"perimetre": CLE, champ: valeur})
    assert (reponse.status_code, SituationQuartier.objects.count()) == (400, 0)
    assert "errorlist" in reponse.content.decode()


@pytest.mark.django_db
def test_who_only_reads_has_no_form_and_cannot_post(classant, client_de):
    client = client_de(f.adhesion("ddt", departement="99"))
    assert "Enregistrer" not in client.get(f"{ADRESSE}&quartier={CLE}").content.decode()
    assert client.post(ADRESSE, {"perimetre": CLE, "desserte": "2"}).status_code == 403


@pytest.mark.django_db
def test_a_local_secteur_is_in_a_qpv_when_the_epci_says_so(classant, client_de):
    f.perimetre("S1", nature="secteur", version="2025", debut=date(2025, 1, 1))
    cle = "secteur:2025:S1"
    client = client_de(classant)
    assert "En QPV pour" in client.get(f"{ADRESSE}&quartier={cle}").content.decode()
    client.post(ADRESSE, {"perimetre": cle, "en_qpv": "1"})
    place = (f.EPCI, "secteur", "S1", "2025")
    assert situations.quartiers(classant, {place})[place] == Quartier(None, True)
