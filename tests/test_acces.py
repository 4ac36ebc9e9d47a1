"""Every address of the platform, pages, API and exports, tried by the owner of the rows, by a colleague of another
organisation and by a stranger.

The walk reads the URL configuration itself: an address that is not declared in ROUTES fails, so nothing is forgotten.
"""

import io
import zipfile
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse

from tests import fabriques as f
from tests.monde import Monde

REQUETES_MAX = 15
PUBLIQUE = "publique"  # anyone, no data
MEMBRE = "membre"  # any member, each sees her own
OBJET = "objet"  # one thing of one organisation: does not exist for another
TERRITOIRE = "territoire"  # one thing that the members of the territory read, without rows of the owner
POST = "post"  # a write, no page of its own


@dataclass(frozen=True)
class Route:
    """`arguments(monde)`: path parameters of the owner's own thing. `requete(monde)`: compulsory query parameters.
    `partages`: natures of neighbours who may know the names of the residences on that page, and write in it."""

    genre: str = MEMBRE
    arguments: object = lambda monde: {}
    requete: object = lambda monde: {}
    formats: tuple[str, ...] = field(default=())
    partages: tuple[str, ...] = ()


def api(genre=MEMBRE, **champs):
    return Route(genre, formats=("csv", "xlsx"), **champs)


def page(genre=MEMBRE, **champs):
    return Route(genre, formats=("export=csv", "export=xlsx"), **champs)


def epci(monde):
    return {"epci": monde.epci}


def de_valenciennes(monde):
    return epci(monde) | {"methode": "valenciennes", "millesime": 2025}


ROUTES = {
    # accounts
    "connexion": Route(PUBLIQUE),
    "definir_mot_de_passe": Route(PUBLIQUE, lambda monde: {"uidb64": "MQ", "token": "a-b"}),
    "deconnexion": Route(POST),
    "changer_adhesion": Route(),
    "mot_de_passe": Route(),
    # administration
    "administration": Route(),
    "utilisateurs": Route(),
    "ajouter_membre": Route(POST),
    "changer_role": Route(POST, lambda monde: {"pk": monde.proprietaire.pk}),
    "revoquer_membre": Route(OBJET, lambda monde: {"pk": monde.proprietaire.pk}),
    "jetons": Route(),
    "revoquer_jeton": Route(OBJET, lambda monde: {"pk": monde.jeton.pk}),
    "journal": Route(),
    # deposits
    "depots": page(),
    "depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "deposer": Route(),
    "preciser_depots": Route(),
    "preciser_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "ecarter_depot": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "erreurs_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "confirmer_depot": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "charger_partiel_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "abandonner_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "reprendre_depot": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "retirer_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "depots-list": api(),
    "depots-detail": api(OBJET, arguments=lambda monde: {"pk": monde.depot.pk}),
    "depots-confirmer": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "depots-abandonner": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "depots-reprendre": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "depots-retirer": Route(POST, lambda monde: {"pk": monde.depot.pk}),
    "depots-differences": api(OBJET, arguments=lambda monde: {"pk": monde.depot.pk}),
    "api-depot-correspondance": api(OBJET, arguments=lambda monde: {"pk": monde.depot.pk}),
    "api-correspondances-list": api(),
    "api-correspondances-detail": api(OBJET, arguments=lambda monde: {"pk": monde.correspondance.pk}),
    "api-modeles": api(),
    "api-modele": api(arguments=lambda monde: {"type": "rpls"}),
    "api-modele-classeur": Route(arguments=lambda monde: {"type": "rpls"}),
    "differences_depot": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "modeles": Route(),
    "correspondances": Route(),
    "correspondance": Route(OBJET, lambda monde: {"pk": monde.depot.pk}),
    "modele": Route(arguments=lambda monde: {"type": "rpls"}),
    # frame
    "accueil": page(),
    "panneau_relogement": Route(),
    "panneau_classes": Route(),
    "panneau_commune": Route(),
    "panneau_avis": Route(),
    "aide": Route(),
    "composants": Route(),
    "suivi": page(),
    "api-root": Route(),
    "api-schema": Route(PUBLIQUE),
    "api-docs": Route(PUBLIQUE),
    "api-inconnue": Route(PUBLIQUE),
    # diagnosis
    "diagnostic": page(),
    "carte": page(),
    "carte_donnees": Route(),
    "carte_contours": Route(arguments=lambda monde: {"couche": "qpv-2024"}),
    "residences": page(),
    "residence": page(OBJET, arguments=lambda monde: {"identifiant": monde.residence.identifiant}),
    "entrees_residence": page(OBJET, arguments=lambda monde: {"identifiant": monde.residence.identifiant}),
    "indicateurs": page(),
    "methodes": Route(),
    "nouvelle_methode": Route(),
    "modifier_methode": Route(OBJET, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "apercu_methode": page(OBJET, arguments=lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "dupliquer_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "version_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "adopter_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "retirer_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "designer_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "supprimer_methode": Route(POST, lambda monde: {"code": monde.brouillon.code, "version": "1"}),
    "comparaison": page(),
    "solidite": page(),
    "quartiers": page(),
    "secteurs": Route(),
    "situations": page(),
    "quartier": Route(
        TERRITOIRE,
        lambda monde: {"niveau": "qpv", "code": "QP099001"},
        formats=("export=t_csv", "export=p_csv", "export=i_xlsx"),
    ),
    "parc": Route(formats=tuple(f"export={t}_csv" for t in ("stock", "loyers", "bas", "reims"))),
    "marche": page(),
    "logements_accessibles": page(),
    "accessibilite": Route(formats=tuple(f"export={t}_csv" for t in ("menages", "parc", "sensibilite"))),
    "reglages_parc": Route(),
    "sorties": Route(formats=tuple(f"export={t}_csv" for t in ("bailleurs", "residences", "ventes", "logements"))),
    "rattachements": Route(),
    "mixite": page(),
    "avis": page(partages=("commune",)),
    "campagne_avis": Route(POST, requete=epci),
    "publier_concordantes": Route(POST, requete=epci),
    "avis_residence": Route(OBJET, lambda monde: {"identifiant": monde.residence.identifiant}, partages=("commune",)),
    "panneau_avis_residence": Route(OBJET, lambda monde: {"identifiant": monde.residence.identifiant}),
    "fiche_portrait": Route(OBJET, lambda monde: {"identifiant": monde.residence.identifiant}),
    "fiche_immeuble": Route(OBJET, lambda monde: {"identifiant": monde.residence.identifiant}),
    "fiche_prospective": Route(TERRITOIRE, lambda monde: {"niveau": "qpv", "code": "QP099001"}),
    "modifier_fiche_prospective": Route(OBJET, lambda monde: {"niveau": "qpv", "code": "QP099001"}),
    "fiche_territoriale": Route(TERRITOIRE, lambda monde: {"niveau": "qpv", "code": "QP099001"}),
    "documents": Route(),
    "document": Route(OBJET, lambda monde: {"pk": f.edition(monde.proprietaire).pk}),
    "supprimer_document": Route(POST, lambda monde: {"pk": f.edition(monde.proprietaire).pk}),
    "grille": page(partages=("commune",)),
    "criteres_grille": Route(),
    "atelier": Route(OBJET, lambda monde: {"identifiant": monde.residence.identifiant}, partages=("commune",)),
    "qualite": page(),
    "qualite_bailleur": Route(
        OBJET,
        lambda monde: {"siren": monde.residence.bailleur},
        formats=("export=controles_csv", "export=ecarts_csv", "export=ecarts_xlsx"),
    ),
    "api-indicateurs": api(requete=epci),
    "api-indicateurs-territoriaux": api(requete=epci),
    "api-accessibilite": api(requete=lambda monde: {"epci": monde.epci, "millesime": 2025}),
    "api-parc": api(requete=lambda monde: {"epci": monde.epci, "millesime": 2025}),
    "api-indices": api(requete=epci),
    "api-poids": api(requete=epci),
    "api-methodes": api(),
    "api-methode": api(OBJET, arguments=lambda monde: {"pk": monde.brouillon.pk}),
    "api-methode-adopter": Route(POST, lambda monde: {"pk": monde.brouillon.pk}),
    "api-methode-retirer": Route(POST, lambda monde: {"pk": monde.brouillon.pk}),
    "api-methode-dupliquer": Route(POST, lambda monde: {"pk": monde.brouillon.pk}),
    "api-methode-version": Route(POST, lambda monde: {"pk": monde.brouillon.pk}),
    "api-comparaison": api(requete=lambda monde: de_valenciennes(monde) | {"contre": "reims"}),
    "api-solidite": api(requete=de_valenciennes),
    "api-qualite": api(),
    "api-avis": api(requete=epci, partages=("commune",)),
    "api-mixite": api(requete=epci),
    "api-rattachements": api(),
    "api-carte": api(requete=epci),
    "api-territoires": api(),
    "api-perimetres": api(),
    "api-residences": api(),
    # attributions
    "attributions": page(),
    "attributions_bailleurs": page(),
    "attributions_qpv": page(),
    "attributions_reservataires": page(),
    "seuils": page(),
    "api-atteintes": api(requete=epci),
    "api-objectifs": api(),
    "api-objectif": api(TERRITOIRE, arguments=lambda monde: {"pk": monde.objectif.pk}),
    "api-attributions": api(),
    "api-seuils": api(),
    # rehousing
    "relogement": page(),
    "revue": page(TERRITOIRE, arguments=lambda monde: {"pk": monde.projet.pk}),
    "menages": page(),
    "api-relogement-projets": api(),
    "api-relogement-projet-revue": api(TERRITOIRE, arguments=lambda monde: {"projet": monde.projet.pk}),
    "api-relogement-revue": api(requete=epci),
    "api-relogement-cibles": api(),
    "api-relogement-menages": api(),
}


# --- the walk -------------------------------------------------------------------------------------------------------


def parcourir(motifs, prefixe=""):
    for motif in motifs:
        chemin = prefixe + str(motif.pattern)
        if isinstance(motif, URLPattern):
            yield motif.name or chemin
        else:
            yield from parcourir(motif.url_patterns, chemin)


NOMS = list(parcourir(get_resolver().url_patterns))
DECLAREES = [nom for nom in NOMS if nom in ROUTES]
LUES = [nom for nom in DECLAREES if ROUTES[nom].genre != POST and nom != "api-inconnue"]
PAGES = [nom for nom in LUES if not nom.startswith(("api-", "depots-"))]


def adresse(nom, monde, **requete) -> str:
    route = ROUTES[nom]
    chemin = reverse(nom, kwargs=route.arguments(monde))
    requete = route.requete(monde) | requete
    return f"{chemin}?{urlencode(requete)}" if requete else chemin


def adresses(nom, monde) -> list[str]:
    """The address, the same naming the owner's territory, and the same in every format that leaves the server."""
    est_api = reverse(nom, kwargs=ROUTES[nom].arguments(monde)).startswith("/api/")
    variantes = [adresse(nom, monde)] if est_api else [adresse(nom, monde), adresse(nom, monde, epci=monde.epci)]
    for un_format in ROUTES[nom].formats:
        cle, valeur = ("format", un_format) if est_api else un_format.split("=")
        variantes.append(adresse(nom, monde, **{cle: valeur}))
    return variantes


def ouvrir(client, chemin):
    """The answer and its text, without the address itself: whoever asks for it knows it already."""
    reponse = client.get(chemin)
    return reponse, texte_de(reponse).replace(unquote(chemin.split("?")[0]), "")


def texte_de(reponse) -> str:
    """What a reader can find in the answer; an XLSX is opened."""
    corps = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    if not corps.startswith(b"PK"):
        return corps.decode()
    with zipfile.ZipFile(io.BytesIO(corps)) as archive:
        return "".join(archive.read(nom).decode("utf-8", "replace") for nom in archive.namelist())


def navigateur(adhesion=None) -> Client:
    client = Client()
    if adhesion is not None:
        client.force_login(adhesion.utilisateur)
    return client


def exclus(nom, membres) -> list:
    """Those who may not know the owner's residences there."""
    return [qui for qui in membres if qui.nature not in ROUTES[nom].partages]


@pytest.fixture(scope="module")
def monde(django_db_setup, django_db_blocker):
    """One world for the whole walk, undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Monde()
        transaction.set_rollback(True)


pytestmark = pytest.mark.django_db


def test_every_address_is_declared_with_who_may_open_it():
    assert sorted(set(NOMS) ^ set(ROUTES)) == []


@pytest.mark.parametrize("nom", LUES)
def test_owner_opens_everything_that_is_hers(nom, monde):
    """The bailleur that owns the rows, or the EPCI of the territory where the page is not for bailleurs."""
    for chemin in adresses(nom, monde):
        statuts = {ouvrir(navigateur(qui), chemin)[0].status_code for qui in monde.proprietaires}
        assert statuts & {200, 302}, chemin
        assert not {statut for statut in statuts if statut >= 500}, chemin


@pytest.mark.parametrize("nom", LUES)
def test_stranger_sees_nothing_that_is_not_public(nom, monde):
    for chemin in adresses(nom, monde):
        reponse, texte = ouvrir(navigateur(), chemin)
        assert not monde.traces(texte), chemin
        if ROUTES[nom].genre != PUBLIQUE:
            assert reponse.status_code in (302, 401, 404), chemin


@pytest.mark.parametrize("nom", LUES)
def test_someone_without_membership_sees_nothing(nom, monde):
    for chemin in adresses(nom, monde):
        reponse, texte = ouvrir(navigateur(monde.sans_adhesion), chemin)
        assert not monde.traces(texte), chemin
        assert reponse.status_code < 500, chemin


@pytest.mark.parametrize("nom", LUES)
def test_colleague_of_another_organisation_never_meets_the_owner_s_rows(nom, monde):
    for qui in exclus(nom, monde.collegues):
        for chemin in adresses(nom, monde):
            reponse, texte = ouvrir(navigateur(qui), chemin)
            assert not monde.traces(texte), f"{qui.organisation} : {chemin}"
            assert reponse.status_code < 500, chemin


@pytest.mark.parametrize("nom", [nom for nom in LUES if ROUTES[nom].genre in (OBJET, TERRITOIRE)])
def test_another_organisation_s_thing_does_not_exist(nom, monde):
    for qui in exclus(nom, monde.collegues) if ROUTES[nom].genre == OBJET else monde.lointains:
        for chemin in adresses(nom, monde):
            assert ouvrir(navigateur(qui), chemin)[0].status_code in (403, 404), f"{qui.organisation} : {chemin}"


@pytest.mark.parametrize("nom", [nom for nom in DECLAREES if ROUTES[nom].genre in (POST, OBJET)])
def test_a_write_on_another_organisation_s_thing_changes_nothing(nom, monde):
    chemin = adresse(nom, monde)
    if nom in ("deconnexion", "ajouter_membre"):
        assert navigateur().post(chemin).status_code == 302
        return
    for qui in exclus(nom, monde.collegues):
        assert navigateur(qui).post(chemin, {"role": "lecteur"}).status_code in (403, 404, 405)
    assert monde.intact()


@pytest.mark.parametrize("nom", PAGES)
def test_page_stays_under_the_ceiling_of_queries(nom, monde):
    for qui in monde.proprietaires:
        client = navigateur(qui)
        client.get(adresse(nom, monde))
        with CaptureQueriesContext(connection) as requetes:
            client.get(adresse(nom, monde))
        utiles = [une["sql"] for une in requetes if not une["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(utiles) < REQUETES_MAX, "\n".join(utiles)
