"""The EPCI draws its secteurs on a page: every operation keeps the drawing, saving makes a deposit and a version of its
own; the others look on."""

import json

import pytest
import shapely

from diagnostic.models import Perimetre
from diagnostic.services import secteurs as service
from partenaires.models import Depot
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ADRESSE = "/diagnostic/secteurs/"
NOEUD = {"type": "Polygon", "coordinates": [[[2, 46], [3, 47], [3, 46], [2, 47], [2, 46]]]}


def carre(x, cote=1):
    return {"type": "Polygon", "coordinates": [[[x, 46], [x + cote, 46], [x + cote, 47], [x, 47], [x, 46]]]}


def dessin(**contours):
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"code": code, "nom": f"Secteur {code}"}, "geometry": contour}
                for code, contour in contours.items()
            ],
        }
    )


@pytest.fixture
def agent(client, settings, tmp_path):
    settings.DOSSIER_DEPOTS = tmp_path / "depots"
    f.commune(contour=carre(1, 3))
    adhesion = f.adhesion("epci", role="gestionnaire")
    client.force_login(adhesion.utilisateur)
    return client


def envoyer(client, action, contours, statut=200, **champs):
    reponse = client.post(ADRESSE, {"action": action, "contours": contours} | champs)
    assert reponse.status_code == statut, reponse.content.decode()[:2000]
    return reponse


def dessine(reponse) -> dict:
    """Code → outline of the drawing that the page sends back."""
    lu = json.loads(reponse.context["brouillon"]["contours"])
    return {e["properties"]["code"]: shapely.from_geojson(json.dumps(e["geometry"])) for e in lu["features"]}


def test_saving_a_drawing_makes_a_deposit_and_a_version(agent):
    reponse = envoyer(agent, "enregistrer", dessin(S1=carre(2), S2=carre(2.5)), 302, version="2026-07-15")
    assert reponse.url == f"{ADRESSE}?version=2026-07-15"
    depot = Depot.objects.get()
    assert (depot.type, depot.nature, depot.version, depot.etat) == ("perimetres", "secteur", "2026-07-15", "charge")
    lus = Perimetre.objects.order_by("code").values_list("code", "nom", "version", "territoire", "commune_code")
    assert list(lus) == [
        ("S1", "Secteur S1", "2026-07-15", f.EPCI, f.COMMUNE),
        ("S2", "Secteur S2", "2026-07-15", f.EPCI, f.COMMUNE),
    ]
    assert depot.rapport["avertissements"][0]["code"] == "secteurs_superposes"
    assert "S1 et S2" in depot.rapport["avertissements"][0]["message"]
    assert "dépôt n°" in agent.get(reponse.url).content.decode()


def test_a_version_is_never_drawn_over(agent):
    envoyer(agent, "enregistrer", dessin(S1=carre(2)), 302, version="2026")
    reponse = envoyer(agent, "enregistrer", dessin(S1=carre(2.5)), 400, version="2026")
    assert "n'est jamais redessinée" in reponse.content.decode()
    envoyer(agent, "enregistrer", dessin(S1=carre(2.5)), 302, version="2026-b")
    assert Perimetre.objects.courantes().count() == 2


@pytest.mark.parametrize("version", ["", "nouvelle", "2026" + "x" * 20, "2026\x00"])
def test_a_version_is_named_by_its_year(agent, version):
    assert (
        "Nommez la version" in envoyer(agent, "enregistrer", dessin(S1=carre(2)), 400, version=version).content.decode()
    )
    assert not Perimetre.objects.exists()


@pytest.mark.parametrize("action", ["verifier", "enregistrer"])
def test_a_secteur_that_crosses_itself_is_refused_with_the_place(agent, action):
    contours = dessin(S1=carre(2), S2=NOEUD)
    texte = envoyer(agent, action, contours, 400, version="2026").content.decode()
    assert "Secteur S2 : son contour se croise lui-même près de 2.5 ; 46.5" in texte
    assert "Rien n&#x27;a été enregistré" in texte or "Rien n'a été enregistré" in texte
    assert not Depot.objects.exists()


def test_an_empty_drawing_is_not_saved(agent):
    assert "au moins un secteur" in envoyer(agent, "enregistrer", "", 400, version="2026").content.decode()


def test_a_secteur_out_of_the_territory_is_refused_by_the_import(agent):
    f.commune("98001", epci="900000002", contour=carre(20))
    texte = envoyer(agent, "enregistrer", dessin(S1=carre(20)), 400, version="2026").content.decode()
    assert "pas dans votre territoire" in texte
    assert not Perimetre.objects.exists()


def test_without_outlines_of_communes_a_secteur_takes_that_of_its_residences(agent):
    f.diagnostic.Commune.objects.update(contour=None)
    autre = f.commune("99002")
    f.residence("R1", commune=autre, longitude=2.5)
    envoyer(agent, "enregistrer", dessin(S1=carre(2), S2=carre(8)), 302, version="2026")
    communes = Perimetre.objects.order_by("code").values_list("code", "commune_code")
    assert list(communes) == [("S1", "99002"), ("S2", f.COMMUNE)]


def test_checking_lists_overlaps_and_saves_nothing(agent):
    reponse = envoyer(agent, "verifier", dessin(A=carre(2), B=carre(2.5), C=carre(3.5)))
    assert reponse.context["brouillon"]["recouvrements"] == [("A", "B")]
    assert not Depot.objects.exists()
    assert "aucun recouvrement" in envoyer(agent, "verifier", dessin(A=carre(2))).content.decode()


def test_a_large_quarter_is_taken_over_and_cut(agent):
    f.perimetre("QP1", version="2024", geometrie=carre(2))
    repris = envoyer(agent, "reprendre", dessin(), modele="qpv|2024|QP1")
    assert set(dessine(repris)) == {"QP1"}
    contours = repris.context["brouillon"]["contours"]
    coupe = dessine(envoyer(agent, "diviser", contours, secteur="QP1", ligne="2.4,45 2.4,48"))
    assert {code: round(c.area, 2) for code, c in coupe.items()} == {"QP1-1": 0.6, "QP1-2": 0.4}


def test_a_small_quarter_is_enlarged_or_taken_out(agent):
    contours = dessin(S1=carre(2, 0.01), S2=carre(2.5))
    large = dessine(envoyer(agent, "elargir", contours, secteur="S1", metres="200"))
    assert large["S1"].contains(shapely.from_geojson(json.dumps(carre(2, 0.01))))
    assert set(dessine(envoyer(agent, "supprimer", contours, secteur="S1"))) == {"S2"}


@pytest.mark.parametrize(
    ("action", "champs", "faute"),
    [
        ("reprendre", {"modele": "qpv|2024|INCONNU"}, "n'est plus là"),
        ("reprendre", {"modele": ""}, "n'est plus là"),
        ("diviser", {"secteur": "S1", "ligne": "ici"}, "sommets"),
        ("diviser", {"secteur": "S9", "ligne": "2.5,45 2.5,48"}, "Choisissez un secteur"),
        ("elargir", {"secteur": "S1", "metres": "beaucoup"}, "Élargissez"),
        ("supprimer", {}, "Choisissez un secteur"),
    ],
)
def test_an_operation_that_cannot_be_done_keeps_the_drawing(agent, action, champs, faute):
    reponse = envoyer(agent, action, dessin(S1=carre(2)), 400, **champs)
    assert faute in " ".join(reponse.context["brouillon"]["fautes"])
    assert set(dessine(reponse)) == {"S1"}


def test_the_drawing_starts_from_the_version_shown(agent):
    envoyer(agent, "enregistrer", dessin(S1=carre(2)), 302, version="2025")
    envoyer(agent, "enregistrer", dessin(S1=carre(2), S2=carre(3.2, 0.5)), 302, version="2026")
    assert set(dessine(agent.get(ADRESSE))) == {"S1", "S2"}
    assert set(dessine(agent.get(f"{ADRESSE}?version=2025"))) == {"S1"}
    assert set(dessine(agent.get(f"{ADRESSE}?version=inconnue"))) == {"S1", "S2"}


def test_the_others_look_on_and_do_not_draw(client, agent):
    envoyer(agent, "enregistrer", dessin(S1=carre(2)), 302, version="2026")
    f.residence()
    for nature, options in (
        ("epci", {"role": "lecteur", "utilisateur": f.utilisateur("lecteur@exemple.fr")}),
        ("bailleur", {}),
        ("ddt", {"departement": "99"}),
    ):
        client.force_login(f.adhesion(nature, **options).utilisateur)
        page = client.get(ADRESSE)
        assert page.status_code == 200 and b"Secteur S1" in page.content and b'id="dessin"' not in page.content
        assert client.post(ADRESSE, {"action": "enregistrer", "contours": dessin(X=carre(2))}).status_code == 403
    client.force_login(f.adhesion("epci", siren="900000002").utilisateur)
    assert b"Secteur S1" not in client.get(ADRESSE).content


def test_the_version_proposed_is_the_day_s(agent):
    adhesion = f.adhesion("epci")
    jour = f.date(2026, 7, 15)
    assert service.proposer_version(adhesion, f.EPCI, jour) == "2026-07-15"
    f.perimetre("S1", "secteur", "2026-07-15", geometrie=carre(2))
    assert service.proposer_version(adhesion, f.EPCI, jour) == "2026-07-15-2"
