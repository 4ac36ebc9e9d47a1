"""The editor of methods as a form without JavaScript: what is typed comes back, lines come and go, faults are told."""

from html.parser import HTMLParser

import pytest
from django.http import QueryDict

from diagnostic import forms_methode
from diagnostic.calculs.indices_regle import lire_regle
from diagnostic.models import Indice, Methode
from diagnostic.services import methodes
from diagnostic.services.calcul_indices import recalculer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ICI = f"?epci={f.EPCI}&annee=2025"
NOUVELLE = f"/diagnostic/methodes/nouvelle/{ICI}"


class Champs(HTMLParser):
    """The fields that a browser would send from the form of the editor."""

    def __init__(self, html: str):
        super().__init__()
        self.champs, self.choix, self.zone = QueryDict(mutable=True), "", ""
        self.dedans = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        lus = dict(attrs)
        if tag == "form":
            self.dedans = lus.get("class") == "edition-methode"
        if not self.dedans:
            return
        if tag == "input" and (lus.get("type") != "checkbox" or "checked" in lus):
            self.champs.appendlist(lus["name"], lus.get("value", ""))
        elif tag == "textarea":
            self.zone = lus["name"]
            self.champs[self.zone] = ""
        elif tag == "select":
            self.choix, self.premier = lus["name"], True
        elif tag == "option" and (self.premier or "selected" in lus):
            self.champs[self.choix], self.premier = lus.get("value", ""), False

    def handle_data(self, data):
        if self.zone:
            self.champs[self.zone] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.zone = ""


def champs_de(reponse) -> QueryDict:
    return Champs(reponse.content.decode()).champs


def adresse(methode, page="modifier"):
    return f"/diagnostic/methodes/{methode.code}/{methode.version}/{page}/{ICI}"


@pytest.fixture
def agent(db):
    f.commune()
    return f.adhesion("epci", role="gestionnaire")


@pytest.fixture
def client(client_de, agent):
    return client_de(agent)


def poster(client, chemin, champs, action="enregistrer", **changements):
    envoyes = champs.copy()
    for nom, valeur in (changements | {"action": action}).items():
        envoyes[nom] = valeur
    return client.post(chemin, envoyes.urlencode(), content_type="application/x-www-form-urlencoded")


PRESETS = ["repere17_precarite", "repere17_fragilite", "limoges", "reims", "valenciennes"]
PRESETS += ["urhlm_hdf", "pau_specialisation", "cget_typologie"]


@pytest.mark.parametrize("code", PRESETS)
def test_a_preset_goes_through_the_form_unchanged(client, code):
    methode = f.methode(modele=code, libelle="Copie", source="Source")
    champs = champs_de(client.get(adresse(methode)))
    lue = forms_methode.lire(champs)
    assert [lue[nom] for nom in methodes.TEXTES] == ["Copie", "Source", methode.reglages]
    assert lire_regle(lue) == lire_regle(methode.donnees())
    assert poster(client, adresse(methode), champs).status_code == 302
    assert lire_regle(Methode.objects.get(pk=methode.pk).donnees()) == lire_regle(methode.donnees())


def test_rules_of_quartiers_and_points_go_through_the_form(client):
    regles = [{"libelle": "Priorité", "si": {"classe": ["Préservés"], "qpv": True, "equipements": [1, 2]}}]
    axe = Methode.objects.get(code="valenciennes").axes[0] | {"normalisation": "points"}
    paliers = [{"min": None, "max": "0.2", "points": "1"}, {"min": "0.2", "max": None, "points": "3.5"}]
    axe["composantes"] = [c | {"paliers": paliers} for c in axe["composantes"]]
    methode = f.methode(axes=[axe], regles_quartier=regles)
    assert forms_methode.lire(champs_de(client.get(adresse(methode)))) == methodes.donnees_de(methode)


def test_a_method_is_written_from_nothing(client):
    champs = champs_de(client.get(NOUVELLE))
    champs = champs_de(poster(client, NOUVELLE, champs, "ajouter:axes-0-composantes"))
    champs = champs_de(poster(client, NOUVELLE, champs, "ajouter:axes-0-classes"))
    assert not Methode.objects.filter(epci=f.EPCI).exists()  # adding lines saves nothing
    reponse = poster(
        client,
        NOUVELLE,
        champs,
        libelle="Indice à nous",
        source="Étude",
        **{"axes-0-nom": "Fragilité", "axes-0-composantes-0-code": "impayes_3_mois", "axes-0-composantes-0-poids": "2"},
        **{"axes-0-composantes-1-code": "beneficiaires_apl", "axes-0-composantes-1-poids": "1,5"},
        **{"axes-0-classes-0-libelle": "Basse", "axes-0-classes-1-libelle": "Moyenne", "axes-0-classes-1-min": "0,9"},
        **{"axes-0-classes-2-libelle": "Haute", "axes-0-classes-2-min": "1,1"},
    )
    assert reponse.status_code == 302
    ecrite = Methode.objects.get(epci=f.EPCI)
    assert (ecrite.code, ecrite.statut) == ("indice_a_nous", "brouillon")
    assert [c["poids"] for c in ecrite.axes[0]["composantes"]] == ["2", "1.5"]
    assert [(c["min"], c["max"]) for c in ecrite.axes[0]["classes"]] == [(None, "0.9"), ("0.9", "1.1"), ("1.1", None)]


def test_a_second_axis_opens_a_crossing_to_be_filled(client):
    methode = f.methode()
    champs = champs_de(poster(client, adresse(methode), champs_de(client.get(adresse(methode))), "ajouter:axes"))
    lue = forms_methode.lire(champs)
    assert lue["croisement"]["table"] == [[None, None]] * 4
    refus = poster(client, adresse(methode), champs)
    assert refus.status_code == 400 and "La table du croisement est incomplète" in refus.content.decode()


def test_removing_an_axis_removes_the_crossing(client):
    methode = f.methode(modele="cget_typologie")
    reponse = poster(client, adresse(methode), champs_de(client.get(adresse(methode))), "retirer:axes-1")
    assert forms_methode.lire(champs_de(reponse))["croisement"] is None


def test_removing_a_class_joins_its_neighbours(client):
    methode = f.methode()
    reponse = poster(client, adresse(methode), champs_de(client.get(adresse(methode))), "retirer:axes-0-classes-1")
    bornes = [(c["min"], c["max"]) for c in forms_methode.lire(champs_de(reponse))["axes"][0]["classes"]]
    assert bornes == [(None, "1.10"), ("1.10", "1.30"), ("1.30", None)]


@pytest.mark.parametrize(
    "action",
    ["ajouter:", "ajouter:axes-9-classes", "ajouter:croisement-table", "retirer:axes-0-nom", "retirer:x", "retirer:-1"]
    + ["ajouter:axes-0-composantes-0-paliers-0", "retirer:axes-0-composantes-99", "nimporte", "ajouter:libelle"],
)
def test_an_action_on_no_line_changes_no_line(action):
    donnees = forms_methode.methode_vide()
    assert not forms_methode.agir(donnees, action)
    assert donnees == forms_methode.methode_vide()


def test_what_is_typed_is_shown_again_with_every_fault(client):
    methode = f.methode()
    champs = champs_de(client.get(adresse(methode)))
    reponse = poster(
        client,
        adresse(methode),
        champs,
        libelle="",
        **{"axes-0-composantes-0-poids": "lourd", "axes-0-classes-1-min": "9"},
    )
    texte = reponse.content.decode()
    assert reponse.status_code == 400
    for faute in ("Le nom de la méthode manque", "« lourd » n&#x27;est pas un nombre", "par bornes croissantes"):
        assert faute in texte
    assert champs_de(reponse)["axes-0-composantes-0-poids"] == "lourd"


@pytest.mark.parametrize(
    "champs",
    [
        "",
        "axes=99999999999&axes-0-classes=abc",
        "axes=1",
        "axes=2",
        "axes=7&croisement-classes=99",
        "axes=1&libelle=a%00b",
    ],
)
def test_a_form_made_by_hand_is_refused_in_words(client, champs):
    reponse = client.post(NOUVELLE, champs, content_type="application/x-www-form-urlencoded")
    assert reponse.status_code == 400 and "enregistré" in reponse.content.decode()


def test_a_draft_changed_meanwhile_is_told(client, agent):
    methode = f.methode()
    champs = champs_de(client.get(adresse(methode)))
    methodes.modifier(agent, methode, methodes.donnees_de(methode) | {"libelle": "Autre"})
    assert "changé par quelqu" in poster(client, adresse(methode), champs).content.decode()


def test_readers_of_the_epci_and_partners_do_not_reach_the_editor(client_de):
    f.commune()
    methode = f.methode()
    assert client_de(f.adhesion("epci", role="lecteur")).get(adresse(methode)).status_code == 403
    for nature, champs in (("bailleur", {}), ("ddt", {"departement": "99"}), ("epci", {"siren": "900000002"})):
        assert client_de(f.adhesion(nature, **champs)).get(adresse(methode)).status_code in (403, 404)


def test_an_adopted_version_has_no_form(client):
    assert client.get(adresse(f.methode("adoptee"))).status_code == 404


# --- the whole way --------------------------------------------------------------------------------------------------


def test_duplicate_change_preview_adopt_and_read(client, territoire):
    recalculer(f.EPCI)
    client.post(f"/diagnostic/methodes/valenciennes/1/dupliquer/{ICI}")
    copie = Methode.objects.get(epci=f.EPCI)
    poster(client, adresse(copie), champs_de(client.get(adresse(copie))), **{"axes-0-composantes-3-poids": "5"})
    apercu = client.get(adresse(copie, "apercu"))
    assert apercu.status_code == 200 and apercu.context["apercu"].refus == []
    assert sum(apercu.context["apercu"].effectifs) == 2
    assert not Indice.objects.filter(methode=copie).exists()  # a preview writes nothing
    montrees = {ligne.territoire: ligne.valeur for ligne in apercu.context["apercu"].mesure.lignes}
    reponse = client.post(adresse(copie, "adopter"), {"reference": "CIL du 12/01", "du": "2026-01-12"})
    assert reponse.status_code == 302 and "carte" in reponse["Location"]
    lues = dict(
        Indice.objects.filter(methode=copie, niveau="residence", millesime=2025).values_list("territoire", "valeur")
    )
    assert lues == montrees
    avant = dict(
        Indice.objects.filter(methode__code="valenciennes", niveau="residence", millesime=2025).values_list(
            "territoire", "valeur"
        )
    )
    assert lues != avant


def test_a_refused_adoption_says_why_on_the_preview(client, territoire):
    methode = f.methode(minimum_composante=5000)
    assert "aucune résidence n&#x27;a assez de répondants" in client.get(adresse(methode, "apercu")).content.decode()
    reponse = client.post(adresse(methode, "adopter"), {"reference": "CIL", "du": "2026-01-12"}, follow=True)
    assert "aucune résidence n&#x27;a assez de répondants" in reponse.content.decode()
    assert Methode.objects.get(pk=methode.pk).est_brouillon


def test_a_territory_without_any_survey_has_no_preview(client):
    texte = client.get(adresse(f.methode(), "apercu")).content.decode()
    assert "Aucune enquête d&#x27;occupation" in texte
