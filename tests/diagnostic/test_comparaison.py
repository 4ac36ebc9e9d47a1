"""Two methods on the same places, the solidity of the classes of one, methods by the API: what each reader is shown."""

import csv
import io
from types import SimpleNamespace

import pytest

from diagnostic.models import Methode
from diagnostic.services import methodes
from diagnostic.services.calcul_indices import recalculer
from diagnostic.services.comparaison import Comparaison
from diagnostic.services.lieux import Lieu
from diagnostic.services.mesures import Lecture
from diagnostic.views.comparaison import matrice_montree
from tests import fabriques as f
from tests.diagnostic.territoire_d_indices import AUTRE, etat_locatif, ops, residence

pytestmark = pytest.mark.django_db
ICI = f"?epci={f.EPCI}&annee=2025"
API = f"?epci={f.EPCI}&methode=valenciennes&millesime=2025"


@pytest.fixture
def compares(territoire):
    """A third residence of 8 respondents, masked to a partner."""
    residence("R3", AUTRE, ops(8, 4, 4, 4, 4) | etat_locatif(30, 3, 20, 3))
    recalculer(f.EPCI)


def lire(client, chemin, **contexte):
    reponse = client.get(chemin)
    assert reponse.status_code == 200, chemin
    return reponse


def test_the_epci_compares_and_what_is_masked_is_left_out_and_counted(compares, client_de):
    page = lire(client_de(f.adhesion("epci")), f"/diagnostic/comparaison/{ICI}&methode=valenciennes")
    lue = page.context["comparaison"]
    assert (len(lue.lieux), lue.masques, lue.matrice.total.lieux) == (3, 1, 2)
    assert page.context["matrice"].total.lieux == 2
    assert len(lue.changent) + lue.meme_classe == lue.matrice.classees
    assert "contre=repere17_precarite" in page.content.decode()  # to the map of the differences


def test_a_bailleur_compares_its_own_residences(compares, client_de):
    page = lire(client_de(f.adhesion("bailleur")), f"/diagnostic/comparaison/{ICI}")
    assert {lieu.territoire for lieu in page.context["comparaison"].lieux} == {f"{f.BAILLEUR}:R1"}


def lieu(rang, autre):
    return Lieu("residence", "x", "", "x", Lecture(rang=rang), Lecture(rang=autre), sens=0)


def test_in_diffusion_small_counts_and_the_totals_that_give_them_back_are_masked():
    mesure = SimpleNamespace(classes=["Basse", "Haute"])
    lieux = [lieu(0, 0)] * 11 + [lieu(0, 1)] * 10
    diffusee = matrice_montree(Comparaison(lieux, mesure, mesure, 11))
    assert [[case.lieux for case in cases] for _, cases, _ in diffusee.lignes] == [[11, None, 0], [0, 0, 0], [0, 0, 0]]
    assert diffusee.total is None and diffusee.totaux is None and {total for *_, total in diffusee.lignes} == {None}
    partenaire = matrice_montree(Comparaison(lieux, mesure, mesure, None))
    assert partenaire.total.lieux == 21 and partenaire.lignes[0][1][1].lieux == 10


def test_without_a_protocole_the_reader_is_one_of_diffusion(compares, client_de):
    tiers = client_de(f.adhesion("action_logement", epci=f.EPCI))
    assert lire(tiers, f"/diagnostic/comparaison/{ICI}&niveau=commune").context["comparaison"].k == 11
    assert lire(tiers, f"/diagnostic/comparaison/{ICI}&niveau=residence").context["comparaison"].lieux == []


@pytest.mark.parametrize("page", ["comparaison", "comparaison/solidite"])
@pytest.mark.parametrize("niveau", ["residence", "qpv", "commune", "npnru", "secteur", "lune"])
def test_every_scale_opens_empty_or_not(compares, client_de, page, niveau):
    lire(client_de(f.adhesion("epci")), f"/diagnostic/{page}/{ICI}&niveau={niveau}")
    lire(client_de(f.adhesion("epci")), f"/diagnostic/{page}/?epci={f.EPCI}&annee=2019&niveau={niveau}")


def test_solidity_tells_each_place_and_its_contributions(compares, client_de):
    page = lire(
        client_de(f.adhesion("epci")),
        f"/diagnostic/comparaison/solidite/{ICI}&methode=valenciennes&lieu={f.BAILLEUR}:R1",
    )
    solide = page.context["solidite"]
    assert {ligne.territoire for ligne in solide.lignes} == {f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"}
    assert solide.masques == 1
    for ligne in solide.lignes:
        assert ligne.solidite.bas <= ligne.lecture.valeur <= ligne.solidite.haut
        assert 0 <= ligne.solidite.stabilite <= 1
    ligne, axes = page.context["lieu"]
    assert sum(part for _, part in axes[0][1]) == pytest.approx(ligne.valeur)


def test_a_place_of_someone_else_is_not_detailed(compares, client_de):
    page = lire(
        client_de(f.adhesion("bailleur")),
        f"/diagnostic/comparaison/solidite/{ICI}&methode=valenciennes&lieu={AUTRE}:R2",
    )
    assert page.context["lieu"] is None
    assert "R2" not in {ligne.territoire for ligne in page.context["solidite"].lignes}


def test_places_that_change_class_leave_as_a_table(compares, client_de):
    client = client_de(f.adhesion("epci"))
    page = lire(client, f"/diagnostic/comparaison/{ICI}&methode=valenciennes")
    corps = b"".join(lire(client, f"/diagnostic/comparaison/{ICI}&methode=valenciennes&export=csv").streaming_content)
    lignes = list(csv.DictReader(io.StringIO(corps.decode("utf-8-sig")), delimiter=";"))
    assert [ligne["Lieu"] for ligne in lignes] == [lieu.nom for lieu in page.context["tableau"].triees]


# --- API ------------------------------------------------------------------------------------------------------------


def test_the_matrix_and_the_places_by_the_api(compares, api_de):
    api = api_de(f.adhesion("epci"))
    matrice = api.get(f"/api/v1/comparaison/{API}&contre=repere17_precarite").json()["results"]
    assert sum(case["lieux"] for case in matrice) == 2
    assert len(matrice) == 5 * 5
    lieux = api.get(f"/api/v1/comparaison/{API}&contre=repere17_precarite&detail=lieux").json()["results"]
    assert {lieu["sens"] for lieu in lieux} <= {1, -1}


def test_solidity_by_the_api(compares, api_de):
    api = api_de(f.adhesion("epci"))
    lieux = api.get(f"/api/v1/solidite/{API}").json()["results"]
    assert {lieu["territoire"] for lieu in lieux} == {f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"}
    poids = api.get(f"/api/v1/solidite/{API}&detail=poids").json()["results"]
    assert [p["code"] for p in poids] == ["impayes_3_mois", "beneficiaires_apl", "sous_plafond_plai", "rotation"]
    assert api.get(f"/api/v1/solidite/?epci={f.EPCI}&methode=lune&millesime=2025").status_code == 400


@pytest.fixture
def redactrice(territoire, api_de):
    recalculer(f.EPCI)
    return api_de(f.adhesion("epci", role="gestionnaire"))


def corps(**champs):
    valenciennes = methodes.donnees_de(Methode.objects.get(code="valenciennes", epci=""))
    return valenciennes | {"libelle": "Indice à nous", "source": "CIL"} | champs


def test_a_method_is_written_changed_adopted_and_retired_by_the_api(redactrice):
    cree = redactrice.post("/api/v1/methodes/", corps(), format="json")
    assert cree.status_code == 201 and cree.json()["statut"] == "brouillon"
    ici = f"/api/v1/methodes/{cree.json()['id']}/"
    assert redactrice.patch(ici, {"libelle": "Autre nom"}, format="json").json()["libelle"] == "Autre nom"
    assert redactrice.post(f"{ici}adopter/", {"decision": "CIL"}, format="json").status_code == 400
    adoptee = redactrice.post(f"{ici}adopter/", {"decision": "CIL", "decision_du": "2026-01-12"}, format="json")
    assert adoptee.json()["statut"] == "adoptee"
    assert redactrice.patch(ici, {"libelle": "Encore"}, format="json").status_code == 409
    assert redactrice.post(f"{ici}adopter/", {"decision": "CIL", "decision_du": "2026-01-12"}).status_code == 409
    code = adoptee.json()["code"]
    lignes = redactrice.get(f"/api/v1/indices/?epci={f.EPCI}&methode={code}&niveau=residence").json()["results"]
    assert len(lignes) == 2
    assert redactrice.post(f"{ici}version/").json()["version"] == "2"
    assert redactrice.post(f"{ici}retirer/").json()["statut"] == "retiree"
    assert redactrice.post(f"{ici}retirer/").status_code == 409


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"axes": "rien"}, "axes"),
        ({"axes": [{"code": "a"}]}, "axes"),
        ({"axes": []}, "au moins un axe"),
        ({"croisement": {"axes": ["a", "b"], "classes": [], "table": []}}, "deux axes de la méthode"),
        ({"manquante": "deviner"}, "deviner"),
        ({"minimum_repondants": 0}, "Minimum de répondants"),
        ({"minimum_repondants": "onze"}, "minimum_repondants"),
        ({"regles_quartier": [{"libelle": "", "si": {"classe": ["Lune"]}}]}, "Lune"),
        ({"libelle": ""}, "Le nom de la méthode manque"),
    ],
)
def test_a_rule_that_does_not_hold_is_a_400_that_says_why(redactrice, champs, dit):
    reponse = redactrice.post("/api/v1/methodes/", corps(**champs), format="json")
    assert reponse.status_code == 400 and dit in reponse.content.decode()


def test_others_read_the_methods_in_service_and_write_none(redactrice, api_de):
    cree = redactrice.post("/api/v1/methodes/", corps(), format="json").json()["id"]
    bailleur = api_de(f.adhesion("bailleur"))
    assert bailleur.get(f"/api/v1/methodes/{cree}/").status_code == 404
    assert bailleur.get("/api/v1/methodes/?statut=brouillon").json()["count"] == 0
    assert bailleur.get("/api/v1/methodes/").json()["count"] == 2
    assert bailleur.post("/api/v1/methodes/", corps(), format="json").status_code == 403
    preset = Methode.objects.get(code="valenciennes", epci="").pk
    assert bailleur.post(f"/api/v1/methodes/{preset}/dupliquer/").status_code == 403
    assert redactrice.post(f"/api/v1/methodes/{preset}/retirer/").status_code == 403
    assert redactrice.post(f"/api/v1/methodes/{preset}/dupliquer/").status_code == 201


@pytest.mark.parametrize(
    "donnees", [[], ["x"], "x", {"axes": None}, {"bonheur": 1}, {"epci": 3, "libelle": "a\u0000b"}]
)
def test_a_change_that_is_none_is_a_400(redactrice, donnees):
    cree = redactrice.post("/api/v1/methodes/", corps(), format="json").json()["id"]
    assert redactrice.patch(f"/api/v1/methodes/{cree}/", donnees, format="json").status_code == 400
