"""Pages and API of the opinions, of the mix and of the grid, as one uses them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse

from diagnostic.models import AvisProximite, FicheGrille, NotePubliee, TourAvis
from tests import fabriques as f

pytestmark = pytest.mark.django_db
SIREN_COMMUNE = "900200001"
LIMITE = (date.today() + timedelta(days=30)).isoformat()


@pytest.fixture
def residence():
    f.commune(siren=SIREN_COMMUNE)
    f.organisation("bailleur", nom="Office des Lilas")
    return f.residence("R1", nom="Les Lilas", adresse="3 rue du Port", famille="collectif_qpv")


@pytest.fixture
def commune(residence):
    return f.adhesion("commune", siren=SIREN_COMMUNE)


def lire(client, chemin, statut=200) -> str:
    reponse = client.get(chemin)
    assert reponse.status_code == statut, chemin
    return reponse.content.decode()


def page_de(residence) -> str:
    return reverse("avis_residence", args=[residence.identifiant])


def atelier_de(residence) -> str:
    return reverse("atelier", args=[residence.identifiant])


# --- opinions -------------------------------------------------------------------------------------------------------


def test_epci_opens_a_campaign_both_sides_answer_and_it_arbitrates(residence, commune, client_de):
    epci = client_de(f.adhesion("epci"))
    assert "Aucune campagne" in lire(epci, "/diagnostic/avis/")
    suite = epci.post("/diagnostic/avis/campagne/", {"limite": LIMITE, "portee": "toutes"}, follow=True)
    assert "nouvellement soumises aux avis : 1" in suite.content.decode()
    for qui, note in ((f.adhesion("bailleur"), 3), (commune, 2)):
        client = client_de(qui)
        assert "Les Lilas" in lire(client, "/diagnostic/avis/?etat=a_donner")
        client.post(page_de(residence), {"note": note, "commentaire": "Vu sur place", "vu": "0"})
    assert "Divergence à arbitrer" in lire(epci, "/diagnostic/avis/")
    page = lire(epci, page_de(residence))
    assert "3 à conforter" in page
    assert "2 satisfaisante" in page
    assert "bailleur et commune" in page
    vu = page.split('name="vu" value="')[1].split('"')[0]
    refus = epci.post(page_de(residence), {"note": 3, "motif": "", "vu": vu}).content.decode()
    assert "Donnez le motif" in refus
    epci.post(page_de(residence), {"note": 3, "motif": "Visite du 3", "vu": vu})
    assert NotePubliee.objects.get().motif == "Visite du 3"
    assert "Visite du 3" in lire(client_de(commune), page_de(residence))


@pytest.mark.parametrize(
    "donnees",
    [
        {},
        {"note": "5", "vu": "0"},
        {"note": "x", "vu": "0"},
        {"note": "2"},
        {"note": "2", "vu": "0", "commentaire": "x" * 1001},
    ],
)
def test_an_opinion_that_cannot_be_read_is_shown_again_with_its_error(donnees, residence, client_de):
    f.tour_avis(residence)
    reponse = client_de(f.adhesion("bailleur")).post(page_de(residence), donnees)
    assert reponse.status_code == 200
    assert not AvisProximite.objects.exists()


@pytest.mark.parametrize(
    "donnees",
    [
        {},
        {"limite": "hier", "portee": "toutes"},
        {"limite": "2020-01-01", "portee": "toutes"},
        {"limite": LIMITE, "portee": "x"},
    ],
)
def test_a_campaign_that_cannot_be_opened_says_why(donnees, residence, client_de):
    suite = client_de(f.adhesion("epci")).post("/diagnostic/avis/campagne/", donnees, follow=True)
    assert "date limite" in suite.content.decode()
    assert not TourAvis.objects.exists()


@pytest.mark.parametrize("role", ["lecteur", "gestionnaire"])
def test_a_reader_sees_and_does_not_write(role, residence, client_de):
    f.tour_avis(residence)
    client = client_de(f.adhesion("bailleur", role))
    assert ("Enregistrer mon avis" in lire(client, page_de(residence))) is (role == "gestionnaire")
    statut = client.post(page_de(residence), {"note": 2, "vu": "0"}).status_code
    assert (statut == 403, AvisProximite.objects.exists()) == (role == "lecteur", role == "gestionnaire")


def test_a_reader_of_the_epci_neither_opens_nor_publishes(residence, client_de):
    f.tour_avis(residence)
    client = client_de(f.adhesion("epci", "lecteur"))
    assert "Ouvrir une campagne" not in lire(client, "/diagnostic/avis/")
    for chemin in ("/diagnostic/avis/campagne/", "/diagnostic/avis/concordantes/"):
        assert client.post(chemin, {"limite": LIMITE, "portee": "toutes"}).status_code == 403


def test_commune_reads_the_name_and_the_address_and_no_figure(residence, commune, client_de):
    f.avis_proximite(f.tour_avis(residence), "bailleur", 4, "Propos du bailleur")
    client = client_de(commune)
    for page in (lire(client, "/diagnostic/avis/"), lire(client, page_de(residence))):
        assert "Les Lilas" in page
        assert "3 rue du Port" in page
        assert "Propos du bailleur" not in page
        assert "Note proposée" not in page
        assert "à travailler</" not in page.split("<form")[0]
    lire(client, reverse("residence", args=[residence.identifiant]), 404)
    lire(client, "/diagnostic/mixite/", 404)


def test_published_notes_that_agree_are_counted(residence, client_de):
    tour = f.tour_avis(residence)
    for partie in ("bailleur", "commune"):
        f.avis_proximite(tour, partie, 2)
    suite = client_de(f.adhesion("epci")).post("/diagnostic/avis/concordantes/", follow=True)
    assert "Notes publiées : 1" in suite.content.decode()


def test_export_of_the_opinions_holds_what_is_filtered(residence, client_de):
    f.avis_proximite(f.tour_avis(residence), "bailleur", 3)
    f.tour_avis(f.residence("R2", nom="Les Roses", bailleur="900100002"))
    reponse = client_de(f.adhesion("epci")).get(f"/diagnostic/avis/?bailleur={f.BAILLEUR}&export=csv")
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    (ligne,) = csv.DictReader(io.StringIO(texte), delimiter=";")
    assert (ligne["Résidence"], ligne["Avis du bailleur"], ligne["État"]) == (
        "Les Lilas",
        "3 à conforter",
        "avis attendus",
    )


@pytest.mark.parametrize("filtre", ["etat=x", "commune=%00", "bailleur=é", "q=%00", "tri=-publiee", "page=999"])
def test_a_filter_that_means_nothing_never_breaks_the_page(filtre, residence, client_de):
    f.tour_avis(residence)
    for chemin in ("/diagnostic/avis/", "/diagnostic/mixite/", "/diagnostic/grille/"):
        lire(client_de(f.adhesion("epci")), f"{chemin}?{filtre}")


def test_panel_of_the_dashboard_says_what_is_owed(residence, commune, client_de):
    f.tour_avis(residence, limite=date(2027, 1, 20))
    panneau = client_de(commune).get("/accueil/avis/", headers={"HX-Request": "true"}).content.decode()
    assert "1 avis à donner" in panneau
    assert "20/01/2027" in panneau
    assert client_de(commune).get("/accueil/avis/").url == "/diagnostic/avis/"


def test_panel_of_the_sheet_of_a_residence(residence, client_de):
    client, chemin = client_de(f.adhesion("epci")), reverse("panneau_avis_residence", args=[residence.identifiant])
    htmx = {"HX-Request": "true"}
    assert "pas encore été soumise" in client.get(chemin, headers=htmx).content.decode()
    f.note_publiee(residence, 4)
    assert "4 à travailler" in client.get(chemin, headers=htmx).content.decode()
    assert client.get(chemin).url == page_de(residence)


# --- workshop -------------------------------------------------------------------------------------------------------


def saisie(notes, partie="bailleur", vu=0, **champs):
    return {f"note-{partie}-{code}": note for code, note in notes.items()} | {f"vu-{partie}": vu} | champs


def test_workshop_saves_a_residence_and_goes_on_to_the_next_one_of_the_place(residence, client_de):
    suivante = f.residence("R2", nom="Les Roses")
    f.perimetre()
    for une in (residence, suivante):
        f.appartenance(une)
    f.residence("R0", nom="Les Iris")
    client = client_de(f.adhesion("bailleur"))
    lieu = "?lieu=qpv%3A2015%3AQP099001"
    assert "Résidence 1 sur 2" in lire(client, atelier_de(residence) + lieu)
    donnees = saisie({"proprete": "4", "image": ""}, **{"freins-bailleur": "Caves"})
    reponse = client.post(atelier_de(residence) + lieu, donnees | {"suivante": "1"})
    assert reponse.url == atelier_de(suivante) + lieu
    fiche = FicheGrille.objects.get()
    assert (fiche.notes, fiche.freins, fiche.en_atelier) == ({"proprete": 4}, "Caves", False)
    assert (
        client.post(atelier_de(suivante) + lieu, saisie({"image": "1"}) | {"suivante": "1"}).url
        == atelier_de(suivante) + lieu
    )
    assert 'value="4" id="id_note-bailleur-proprete_4" checked' in lire(client, atelier_de(residence) + lieu)


def test_workshop_shows_where_the_sides_disagree_to_the_epci_alone(residence, commune, client_de):
    f.fiche_grille(residence, {"proprete": 4}, freins="Caves inondées")
    f.fiche_grille(residence, {"proprete": 2}, partie="commune")
    assert "écart de 2" in lire(client_de(f.adhesion("epci")), atelier_de(residence) + "?annee=2025")
    page = lire(client_de(commune), atelier_de(residence) + "?annee=2025")
    assert "écart de" not in page
    assert "Caves inondées" not in page


@pytest.mark.parametrize(
    "donnees",
    [
        saisie({"proprete": "7"}),
        saisie({"proprete": "x"}),
        saisie({}, vu="x"),
        {},
        saisie({}, **{"freins-bailleur": "x" * 501}),
    ],
)
def test_a_sheet_that_cannot_be_read_is_shown_again(donnees, residence, client_de):
    assert client_de(f.adhesion("bailleur")).post(atelier_de(residence), donnees).status_code == 200
    assert not FicheGrille.objects.exists()


def test_a_sheet_saved_by_another_in_the_meantime_is_told(residence, client_de):
    f.fiche_grille(residence)
    page = client_de(f.adhesion("bailleur")).post(atelier_de(residence) + "?annee=2025", saisie({"proprete": "1"}))
    assert "enregistrée par quelqu&#x27;un d&#x27;autre" in page.content.decode()


def test_who_only_reads_the_grid_does_not_write_in_it(residence, client_de):
    ddt = client_de(f.adhesion("ddt", departement="99"))
    assert "<textarea" not in lire(ddt, atelier_de(residence))
    assert ddt.post(atelier_de(residence), saisie({"proprete": "1"})).status_code == 403


def test_a_residence_out_of_the_place_is_not_in_its_workshop(residence, client_de):
    lire(client_de(f.adhesion("bailleur")), atelier_de(residence) + "?lieu=qpv:2015:QP099001", 404)


def test_criteria_are_changed_by_the_administrator_and_shown_at_once(residence, client_de):
    client = client_de(f.adhesion("epci"))
    page = lire(client, "/diagnostic/grille/criteres/")
    assert "Usage et gestion des espaces communs ; Propreté" in page
    refus = client.post("/diagnostic/grille/criteres/", {"criteres": "Propreté"}).content.decode()
    assert "Ligne 1" in refus
    client.post("/diagnostic/grille/criteres/", {"criteres": "Énergie ; Isolation"})
    assert "Isolation" in lire(client, atelier_de(residence))
    lire(client_de(f.adhesion("epci", "gestionnaire")), "/diagnostic/grille/criteres/", 403)


# --- mix and API ----------------------------------------------------------------------------------------------------


def test_page_of_the_mix_says_that_the_caleol_is_sovereign_and_that_no_reference_is_invented(residence, client_de):
    f.note_publiee(residence, 4)
    page = lire(client_de(f.adhesion("epci")), "/diagnostic/mixite/")
    assert "souveraine" in page
    assert "aucune n'est inventée" in page
    assert "Les Lilas" in page


def test_api_of_the_opinions(residence, commune, api_de):
    tour = f.tour_avis(residence)
    f.avis_proximite(tour, "bailleur", 3)
    chemin = f"/api/v1/avis/?epci={f.EPCI}"
    (ligne,) = api_de(f.adhesion("epci")).get(chemin).json()["results"]
    assert (ligne["residence"], ligne["tour"], ligne["etat"]) == (residence.identifiant, 1, "attendu")
    assert (ligne["avis_bailleur"], ligne["avis_commune"], ligne["note_publiee"]) == (3, None, None)
    (vue,) = api_de(commune).get(chemin).json()["results"]
    assert (vue["avis_bailleur"], vue["note_proposee"], vue["etat"]) == (None, None, "a_donner")
    assert api_de(f.adhesion("epci", siren="900000002")).get(chemin).json()["count"] == 0
    assert api_de(None).get(chemin).status_code == 401


@pytest.mark.parametrize(
    "chemin",
    [
        "avis/",
        "avis/?epci=900000001&x=1",
        "avis/?epci=900000001&etat=x",
        "mixite/",
        "mixite/?epci=900000001&au=hier",
        "mixite/?epci=900000001&niveau=x",
    ],
)
def test_api_names_the_parameter_in_fault(chemin, api_de):
    assert api_de(f.adhesion("epci")).get(f"/api/v1/{chemin}").status_code == 400


def test_api_of_the_mix_gives_families_then_residences(residence, api_de):
    f.note_publiee(residence, 4)
    client = api_de(f.adhesion("epci"))
    (famille,) = client.get(f"/api/v1/mixite/?epci={f.EPCI}&niveau=famille").json()["results"]
    assert (famille["famille"], famille["residences"], famille["residence"]) == ("collectif_qpv", 0, None)
    (ligne,) = client.get(f"/api/v1/mixite/?epci={f.EPCI}").json()["results"]
    assert (ligne["residence"], ligne["note"], ligne["segments_a_favoriser"]) == (residence.identifiant, 4, [])
    assert [s["part"] for s in ligne["segments"]] == [None] * 6
    assert client.get(f"/api/v1/mixite/?epci={f.EPCI}&famille=rural").json()["count"] == 0
