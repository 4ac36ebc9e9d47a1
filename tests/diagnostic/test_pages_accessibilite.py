"""The page « Accessibilité » and its API: what they say, to whom, what they refuse."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from attributions.services import menages_q1
from diagnostic.models import AplProfil
from diagnostic.services import appartenances, baremes_apl, indicateurs
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    f.commune(zone_apl=2, nom="Valcreux")
    f.seuil(2025, s1=9600)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


@pytest.fixture
def calcule(territoire):
    f.residence()
    for loyer in (250, 320, 410, 560):
        f.logement(loyerprinc=loyer, surfhab=45, nbpiece=2, finan=13)
    for revenu in [700] * 12 + [350] * 3:
        f.demande(commune_recherchee=f.COMMUNE, revenu_mensuel=revenu, uc=1, taille_menage=1, personnes_a_charge=0)
    calculer()


def calculer():
    appartenances.calculer(f.EPCI)
    indicateurs.recalculer(f.EPCI)
    menages_q1.recalculer(f.EPCI)
    baremes_apl.completer(f.EPCI)


def lu(client_de, adhesion=None, **requete) -> str:
    reponse = client_de(adhesion or f.adhesion("epci")).get(reverse("accessibilite"), {"annee": 2025} | requete)
    assert reponse.status_code == 200
    sans_balise = unescape(re.sub(r"<[^>]+>", " ", reponse.content.decode()))
    return " ".join(sans_balise.replace("\u202f", " ").replace("\u00a0", " ").split())


def api(client_de, adhesion=None, **requete):
    demande = {"epci": f.EPCI, "millesime": 2025} | requete
    return client_de(adhesion or f.adhesion("epci")).get(reverse("api-accessibilite"), demande)


def test_page_says_who_can_pay_and_by_what_rule(calcule, client_de):
    page = lu(client_de)
    assert "Premier quartile 12 3 50,0 % 2" in page  # three households have less than 360 € a month
    assert "Avec un taux d'effort de 37,5 % au plus, un reste pour vivre de 12,00 €" in page
    assert "demandeurs du premier quartile du stock SNE 2025 (seuil 2025 : 9 600,00 €" in page
    assert "barème du 1er janvier 2025" in page and "1 personne : 1 à 2 pièces" in page
    assert "Taux d'effort 30 %, reste pour vivre 15 €" in page


@pytest.mark.parametrize("te", ["90", "90,0", "90.0"])
def test_thresholds_of_the_address_are_applied_and_kept_in_the_form(calcule, client_de, te):
    page = client_de(f.adhesion("epci")).get(
        reverse("accessibilite"), {"annee": 2025, "te": te, "rpv": "0", "charges": "0"}
    )
    assert "100,0" in page.content.decode() and f'name="te" inputmode="decimal" value="{te}"' in page.content.decode()


@pytest.mark.parametrize(
    ("requete", "dit"),
    [
        ({"te": "beaucoup"}, "Taux d'effort maximal (%) : Saisissez un nombre."),
        ({"te": "0"}, "Taux d'effort maximal (%) : Assurez-vous que cette valeur est supérieure ou égale à 1"),
        ({"te": "nan"}, "Taux d'effort maximal (%) : Saisissez un nombre."),
        ({"rpv": "-3"}, "Reste pour vivre minimal"),
        ({"charges": "1e400"}, "Charges (€ par m² et par mois) :"),
        ({"parc": "tous"}, "Compter : Sélectionnez un choix valide."),
    ],
)
def test_a_wrong_threshold_is_told_and_the_usual_one_serves(calcule, client_de, requete, dit):
    page = lu(client_de, **requete)
    assert dit in page and "La valeur habituelle est utilisée" in page
    assert "Avec un taux d'effort de 37,5 % au plus" in page and "Premier quartile 12 3 50,0 % 2" in page


def test_a_bailleur_has_no_field_for_the_thresholds_but_the_usual_pairs(calcule, client_de):
    bailleur = f.adhesion("bailleur")
    page = lu(client_de, bailleur, te="31")
    assert "Avec un taux d'effort de 37,5 % au plus" in page and "Reste pour vivre minimal (€" not in page
    assert "Avec un taux d'effort de 40,0 % au plus" in lu(client_de, bailleur, te="40", rpv="9")
    assert "Écartés" not in page


def test_empty_states_say_what_to_do(territoire, client_de):
    f.attributions.SeuilQuartile.objects.all().delete()
    assert "il y faut le seuil du premier quartile" in lu(client_de)
    f.seuil(2025, s1=9600)
    menages_q1.recalculer(f.EPCI)
    assert "le fichier RPLS des bailleurs n'est pas encore déposé" in lu(client_de)
    f.residence()
    f.logement(loyerprinc=300, surfhab=45, nbpiece=2)
    indicateurs.recalculer(f.EPCI)
    assert "L'APL des ménages de ce territoire n'est pas encore calculée" in lu(client_de)
    assert not AplProfil.objects.exists()  # a page computes none


def test_standard_households_are_told_as_such(territoire, client_de):
    f.residence()
    f.logement(loyerprinc=300, surfhab=45, nbpiece=2)
    calculer()
    page = lu(client_de)
    assert "ménages types dont les ressources sont exactement le seuil" in page
    assert "Personne seule 100,0 % 1" in page and "Écartés" not in page


def test_api_gives_the_lines_of_the_page(calcule, client_de):
    lignes = api(client_de, repartition="ensemble").json()["results"]
    assert [ligne["perimetre"] for ligne in lignes] == ["territoire"]  # no QPV is loaded
    (ligne,) = lignes
    assert (ligne["menages"], ligne["exclus"], ligne["logements"], ligne["accessibles"]) == (12, 3, 4, 2)
    assert (ligne["taux"], ligne["te"], ligne["rpv"], ligne["secret"]) == (0.5, 0.375, 12, False)
    large = api(client_de, repartition="ensemble", te=0.9, rpv=0, charges_m2=0).json()["results"]
    assert large[0]["taux"] == 1 and large[0]["exclus"] == 0


@pytest.mark.parametrize(
    "requete", [{"te": 2}, {"te": "nan"}, {"rpv": -1}, {"charges_m2": "x"}, {"repartition": "lune"}, {"inconnu": 1}]
)
def test_api_refuses_what_it_cannot_read(calcule, client_de, requete):
    reponse = api(client_de, **requete)
    assert reponse.status_code == 400 and list(requete)[0] in reponse.json()


def test_export_says_secret_where_the_page_does(calcule, client_de):
    reservataire = f.adhesion("action_logement", epci=f.EPCI)
    reponse = client_de(reservataire).get(
        reverse("accessibilite"), {"annee": 2025, "epci": f.EPCI, "export": "menages_csv"}
    )
    texte = reponse.getvalue().decode("utf-8-sig")
    lignes = [ligne.replace(",", ";").split(";") for ligne in texte.splitlines()[1:]]
    assert [ligne[:4] for ligne in lignes] == [[nom, *["secret"] * 3] for nom in ("Premier quartile", "Personne seule")]


@pytest.mark.parametrize("tableau", ["menages", "sensibilite", "parc"])
def test_no_two_columns_of_an_export_bear_the_same_name(calcule, client_de, tableau):
    """The rows would lose what the first one says."""
    demande = {"annee": 2025, "epci": f.EPCI, "export": f"{tableau}_csv"}
    reponse = client_de(f.adhesion("epci")).get(reverse("accessibilite"), demande)
    noms = reponse.getvalue().decode("utf-8-sig").splitlines()[0].split(";")
    assert len(noms) > 2 and len(noms) == len(set(noms))
