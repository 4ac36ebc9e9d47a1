"""Headers and codes of a bailleur mapped to ours: suggested, confirmed, versioned, reused at the next deposit."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from diagnostic.models import Logement, Residence
from partenaires.calculs.ressemblance import apparier, plus_proche, ressemblance
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import importer
from partenaires.models import Correspondance, Depot
from partenaires.services import correspondances as service
from partenaires.services.depots import DepotInterdit
from partenaires.services.retrait import retirer
from tests import fabriques as f

ENTETE = "SIREN_BAILLEUR;Code Résid.;NOM_RESIDENCE;DEPCOM"
LIGNE = f"{f.BAILLEUR};R1;Les Ormes;{f.COMMUNE}"
RPLS = "IDENT_REP;IDENT_INT;IDENT_ORG;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE"


@pytest.fixture
def deposer(tmp_path):
    def faire(type, *lignes, **options):
        chemin = tmp_path / f"{type}.csv"
        chemin.write_text("\n".join(lignes) + "\n")
        return importer(type, chemin, **options)

    return faire


@pytest.fixture
def bailleur(db):
    f.commune()
    return f.organisation("bailleur", epci=f.EPCI)


@pytest.fixture
def membre(bailleur):
    return f.adhesion("bailleur", role="gestionnaire", organisation=bailleur)


def logement(mode, numero=1):
    return f"REP{numero};L{numero};ORG;{f.COMMUNE};3;60;1980;{mode}"


# --- likeness -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leur", "notre", "proche"),
    [
        ("Réf. Résidence", "residence ref", True),
        ("CODE_RESID", "CODE_RESIDENCE", True),
        ("Nb pièces", "NBPIECE", True),
        ("LOYER", "COMMUNE", False),
        ("", "COMMUNE", False),
        ("№", "COMMUNE", False),
    ],
)
def test_likeness_of_two_names(leur, notre, proche):
    assert (ressemblance(leur, notre) >= 0.6) is proche


def test_each_column_is_proposed_once_to_the_most_alike():
    notres = {"CODE_RESIDENCE": ("CODE_RESIDENCE",), "NOM_RESIDENCE": ("NOM_RESIDENCE",)}
    paires = apparier(["code residenc", "code residence bis", "nom résidence", "zzz"], notres)
    assert paires == {"code residenc": "CODE_RESIDENCE", "nom résidence": "NOM_RESIDENCE"}


def test_several_values_may_mean_the_same_code():
    notres = {"1": ("1", "loué"), "2": ("2", "vacant")}
    assert [plus_proche(un, notres) for un in ("Loué", "loue", "VACANT", "???")] == ["1", "1", "2", None]


# --- the engine -----------------------------------------------------------------------------------------------------


def test_mapped_header_serves_the_next_deposit_and_the_report_says_so(deposer, membre):
    refuse = deposer("residences", ENTETE, LIGNE, deposant=membre.organisation)
    assert [e["code"] for e in refuse.rapport["erreurs"]] == ["colonne_manquante"]
    service.enregistrer(membre, membre.organisation, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    depot = deposer("residences", ENTETE, LIGNE, deposant=membre.organisation)
    assert (depot.etat, depot.rapport["colonnes_inconnues"]) == ("charge", []), depot.rapport
    assert Residence.objects.get().code == "R1"
    dite = depot.rapport["correspondance"]
    assert (dite["organisation"], dite["version"], dite["entetes"]) == (
        *(f.BAILLEUR, 1),
        {"Code Résid.": "CODE_RESIDENCE"},
    )


@pytest.mark.parametrize("entete", ["CODE RESID", "code_resid.", "Code  Résid"])
def test_mapped_header_is_recognised_however_it_is_written(deposer, membre, entete):
    service.enregistrer(membre, membre.organisation, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    depot = deposer("residences", ENTETE.replace("Code Résid.", entete), LIGNE, deposant=membre.organisation)
    assert depot.etat == "charge", depot.rapport


def test_a_column_under_its_own_name_wins_over_the_mapping(deposer, membre):
    service.enregistrer(membre, membre.organisation, "residences", {"PROGRAMME": "NOM_RESIDENCE"}, {})
    depot = deposer("residences", f"{ENTETE.replace('Code Résid.', 'CODE_RESIDENCE')};PROGRAMME", f"{LIGNE};P7")
    assert (Residence.objects.get().nom, depot.rapport["colonnes_inconnues"]) == ("Les Ormes", ["PROGRAMME"])


def test_mapped_header_that_stands_twice_is_refused(deposer, membre):
    service.enregistrer(membre, membre.organisation, "residences", {"CODE": "CODE_RESIDENCE"}, {})
    entete = "SIREN_BAILLEUR;CODE;NOM_RESIDENCE;DEPCOM;CODE"
    depot = deposer("residences", entete, LIGNE + ";R2", deposant=membre.organisation)
    assert [(e["code"], e["colonne"]) for e in depot.rapport["erreurs"]] == [("fichier_illisible", "CODE")]


def test_values_out_of_list_are_told_most_frequent_first_then_mapped(deposer, membre):
    lignes = [logement("Loué", 1), logement("Loué", 2), logement("Libre d'accès", 3), logement("?", 4)]
    options = {"millesime": 2025, "deposant": membre.organisation}
    refuse = deposer("rpls", RPLS, *lignes, **options)
    assert refuse.rapport["correspondance"]["valeurs"] == {"MODE": ["Loué", "?", "Libre d'accès"]}
    codes = {"MODE": {"Loué": "1", "Libre d'accès": "2", "?": ""}}
    service.enregistrer(membre, membre.organisation, "rpls", {}, codes)
    depot = deposer("rpls", RPLS, *lignes, **options)
    assert depot.etat == "charge", depot.rapport
    assert depot.rapport["correspondance"]["codes"] == codes
    assert dict(Logement.objects.courantes().values_list("ident_int", "mode")) == {
        "L1": 1,
        "L2": 1,
        "L3": 2,
        "L4": None,
    }


def test_the_epci_that_deposits_for_a_bailleur_uses_the_bailleur_s_mapping(deposer, membre):
    service.enregistrer(membre, membre.organisation, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    epci = f.organisation("epci")
    depot = deposer("residences", ENTETE, LIGNE, organisation=membre.organisation, deposant=epci)
    assert (depot.etat, depot.rapport["correspondance"]["version"]) == ("charge", 1), depot.rapport


def test_mapping_of_another_bailleur_is_never_used(deposer, membre):
    autre = f.organisation("bailleur", siren="900100002")
    service.enregistrer(membre, membre.organisation, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    depot = deposer("residences", ENTETE, LIGNE.replace(f.BAILLEUR, autre.siren), deposant=autre)
    assert (depot.etat, depot.rapport["correspondance"]["version"]) == ("refuse", 0)


# --- versions -------------------------------------------------------------------------------------------------------


def test_a_version_is_never_rewritten_and_the_latest_serves(deposer, membre):
    moi = membre.organisation
    service.enregistrer(membre, moi, "residences", {"Code Résid.": "NOM_RESIDENCE"}, {})
    service.enregistrer(membre, moi, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    identique = service.enregistrer(membre, moi, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    assert identique.version == 2
    assert sorted(Correspondance.objects.values_list("version", "entetes")) == [
        (1, {"Code Résid.": "NOM_RESIDENCE"}),
        (2, {"Code Résid.": "CODE_RESIDENCE"}),
    ]
    assert deposer("residences", ENTETE, LIGNE, deposant=moi).rapport["correspondance"]["version"] == 2


@pytest.mark.parametrize(
    ("entetes", "codes"),
    [
        ({"A": "ZZ"}, {}),
        ({"A": "X", "B": "X"}, {}),
        ({}, {"EPSG": {"Lambert": "1"}}),
        ({}, {"ZZ": {"a": "1"}}),
        ({"a\x00b": "X"}, {}),
        ({"a" * 101: "X"}, {}),
        ({}, {"EPSG": {str(n): "2154" for n in range(501)}}),
    ],
)
def test_mapping_that_cannot_be_recorded(membre, entetes, codes):
    with pytest.raises(service.CorrespondanceInvalide):
        service.enregistrer(membre, membre.organisation, "residences", entetes, codes)
    assert not Correspondance.objects.exists()


def test_values_with_quotes_and_signs_of_sql_are_mapped_as_they_are(deposer, membre):
    bizarre = "l'%s \\ $1; DROP TABLE x --"
    service.enregistrer(membre, membre.organisation, "rpls", {}, {"MODE": {bizarre: "1"}})
    entete, ligne = RPLS.replace(";", "\t"), logement(bizarre).replace(";", "\t", 7)
    depot = deposer("rpls", entete, ligne, millesime=2025, deposant=membre.organisation)
    assert depot.etat == "charge", depot.rapport
    assert Logement.objects.get().mode == 1


@pytest.mark.parametrize(("nature", "role"), [("bailleur", "lecteur"), ("ddt", "gestionnaire")])
def test_who_may_not_deposit_may_not_map(bailleur, nature, role):
    qui = f.adhesion(nature, role=role, organisation=bailleur if nature == "bailleur" else f.organisation(nature))
    with pytest.raises(DepotInterdit):
        service.enregistrer(qui, bailleur, "residences", {"A": "X"}, {})


# --- the pages ------------------------------------------------------------------------------------------------------


def test_page_proposes_and_records_and_lists(client_de, deposer, membre):
    depot = deposer("residences", ENTETE + ";ZZZ", LIGNE + ";1", deposant=membre.organisation)
    client, adresse = client_de(membre), reverse("correspondance", args=[depot.pk])
    assert adresse in client.get(reverse("depot", args=[depot.pk])).content.decode()
    texte = client.get(adresse).content.decode()
    assert '<option value="CODE_RESIDENCE" selected>' in texte
    assert "proposée, à vérifier" in texte
    reponse = client.post(adresse, {"entete-0": "CODE_RESIDENCE", "entete-1": ""}, follow=True)
    assert "version 1" in reponse.content.decode()
    assert adresse in reponse.content.decode()
    assert Correspondance.objects.get().entetes == {"Code Résid.": "CODE_RESIDENCE"}
    charge = deposer("residences", ENTETE, LIGNE, deposant=membre.organisation)
    assert "Correspondance v1 appliquée" in client.get(reverse("depot", args=[charge.pk])).content.decode()


@pytest.fixture
def remettre(api_de, membre, django_capture_on_commit_callbacks):
    """A file handed in through the API; the deposit once the worker has seen it."""

    def faire(*lignes, **champs):
        fichier = SimpleUploadedFile("parc.csv", "\n".join(lignes).encode())
        with django_capture_on_commit_callbacks(execute=True):
            reponse = api_de(membre).post("/api/v1/depots/", champs | {"fichier": fichier}, format="multipart")
        assert reponse.status_code == 202, reponse.content
        return Depot.objects.get(pk=reponse.json()["id"])

    return faire


def test_refused_file_is_checked_again_as_soon_as_its_mapping_is_recorded(
    client_de, remettre, membre, django_capture_on_commit_callbacks
):
    depot = remettre(ENTETE, LIGNE, type="residences")
    assert depot.etat == "refuse"
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client_de(membre).post(
            reverse("correspondance", args=[depot.pk]), {"entete-0": "CODE_RESIDENCE"}, follow=True
        )
    assert "contrôlé de nouveau" in reponse.content.decode()
    depot.refresh_from_db()
    assert (depot.etat, depot.rapport["correspondance"]["version"]) == ("a_confirmer", 1)
    assert not Residence.objects.exists()


def test_mapping_recorded_from_a_loaded_deposit_says_how_to_apply_it(client_de, deposer, membre):
    entete = ENTETE.replace("Code Résid.", "CODE_RESIDENCE")
    depot = deposer("residences", f"{entete};Rue", f"{LIGNE};RUE A", deposant=membre.organisation)
    assert depot.etat == "charge"
    reponse = client_de(membre).post(reverse("correspondance", args=[depot.pk]), {"entete-0": "ADRESSE"}, follow=True)
    assert "retirez ce dépôt" in reponse.content.decode()
    retirer(depot)
    assert deposer("residences", f"{entete};Rue", f"{LIGNE};RUE A", deposant=membre.organisation).etat == "charge"
    assert Residence.objects.courantes().get().adresse == "RUE A"


def test_type_of_a_file_is_recognised_by_its_mapped_headers(remettre, membre):
    service.enregistrer(membre, membre.organisation, "residences", {"Code Résid.": "CODE_RESIDENCE"}, {})
    assert remettre(ENTETE, LIGNE).type == "residences"


def test_page_proposes_the_code_whose_label_is_most_alike(client_de, deposer, membre):
    depot = deposer("rpls", RPLS, logement("Loué"), millesime=2025, deposant=membre.organisation)
    client, adresse = client_de(membre), reverse("correspondance", args=[depot.pk])
    assert '<option value="1" selected>1 – loué</option>' in client.get(adresse).content.decode()
    client.post(adresse, {"code-MODE-0": "1"})
    assert Correspondance.objects.get().codes == {"MODE": {"Loué": "1"}}


def test_page_refuses_two_headers_for_one_column_and_keeps_what_was_chosen(client_de, deposer, membre):
    depot = deposer("residences", ENTETE + ";ZZZ", LIGNE + ";1", deposant=membre.organisation)
    adresse = reverse("correspondance", args=[depot.pk])
    texte = client_de(membre).post(adresse, {"entete-0": "ADRESSE", "entete-1": "ADRESSE"}).content.decode()
    assert "Deux de vos colonnes" in texte
    assert texte.count('<option value="ADRESSE" selected>') == 2
    assert not Correspondance.objects.exists()


def test_a_reader_sees_the_mapping_and_may_not_change_it(client_de, deposer, bailleur):
    lecteur = f.adhesion("bailleur", role="lecteur", organisation=bailleur)
    depot = deposer("residences", ENTETE, LIGNE, deposant=bailleur)
    adresse = reverse("correspondance", args=[depot.pk])
    assert client_de(lecteur).post(adresse, {"entete-0": "CODE_RESIDENCE"}).status_code == 403
    assert client_de(f.adhesion("bailleur", siren="900100009")).get(adresse).status_code == 404


def test_a_deposit_of_the_platform_has_no_mapping(client_de, deposer, membre):
    depot = f.depot("seuils", None, deposant=None)
    assert client_de(membre).get(reverse("correspondance", args=[depot.pk])).status_code == 404


def test_labels_are_read_from_the_notes_of_the_columns():
    mode = next(c for c in REGISTRE["rpls"].colonnes if c.nom == "MODE")
    assert service.libelles(mode)["2"] == "vacant proposé à la location"
    assert all(service.libelles(mode).values())
