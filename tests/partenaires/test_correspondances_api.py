"""Mappings through the API: what is recorded, what a deposit leaves to be matched, what one records."""

import pytest

from partenaires.depots.moteur import importer
from partenaires.models import Correspondance, Depot
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ADRESSE = "/api/v1/correspondances/"
AUTRE_BAILLEUR, AUTRE_EPCI = "900100002", "900000002"
RPLS = "IDENT_REP;IDENT_INT;IDENT_ORG;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE;Loyer princ."


@pytest.fixture
def bailleur():
    f.commune()
    return f.organisation("bailleur", epci=f.EPCI)


@pytest.fixture
def membre(bailleur):
    return f.adhesion("bailleur", role="gestionnaire", organisation=bailleur)


@pytest.fixture
def api(api_de, membre):
    return api_de(membre)


def refuse(tmp_path, bailleur, mode="Loué"):
    """A file of the bailleur that names a column and a value otherwise."""
    chemin = tmp_path / "rpls.csv"
    chemin.write_text(f"{RPLS}\nREP1;L1;ORG;{f.COMMUNE};3;60;1980;{mode};410\n")
    depot = importer("rpls", chemin, deposant=bailleur, millesime=2025)
    assert depot.etat == "refuse"
    return depot


def corps(type="rpls", entetes=None, codes=None, **reste):
    return {"type": type, "entetes": entetes or {}, "codes": codes or {}} | reste


# --- reading --------------------------------------------------------------------------------------------------------


def test_versions_are_listed_the_latest_of_each_type_first(api, bailleur):
    for version in (1, 2):
        f.correspondance(bailleur, version=version)
    f.correspondance(bailleur, "ops")
    lues = [(une["type"], une["version"]) for une in api.get(ADRESSE).json()["results"]]
    assert lues == [("ops", 1), ("rpls", 2), ("rpls", 1)]
    assert api.get(ADRESSE, {"en_vigueur": "true", "type": "rpls"}).json()["results"][0]["version"] == 2
    assert api.get(ADRESSE, {"en_vigueur": "true"}).json()["count"] == 2
    assert api.get(ADRESSE, {"zzz": "1"}).status_code == 400


def test_one_s_own_and_for_the_epci_those_of_its_bailleurs(api_de, api, bailleur):
    une = f.correspondance(bailleur)
    etrangere = f.correspondance(f.organisation("bailleur", siren=AUTRE_BAILLEUR))
    for qui, vues in (
        (api, [une.pk]),
        (api_de(f.adhesion("epci")), [une.pk]),
        (api_de(f.adhesion("epci", siren=AUTRE_EPCI)), []),
        (api_de(f.adhesion("bailleur", siren=AUTRE_BAILLEUR)), [etrangere.pk]),
    ):
        assert [ligne["id"] for ligne in qui.get(ADRESSE).json()["results"]] == vues
        assert qui.get(f"{ADRESSE}{une.pk}/").status_code == (200 if une.pk in vues else 404)


# --- recording ------------------------------------------------------------------------------------------------------


def test_a_mapping_recorded_serves_the_next_file(api, bailleur, tmp_path):
    depot = refuse(tmp_path, bailleur)
    reponse = api.post(
        ADRESSE, corps(entetes={"Loyer princ.": "LOYERPRINC"}, codes={"MODE": {"Loué": "1"}}), format="json"
    )
    assert (reponse.status_code, reponse.json()["version"]) == (201, 1), reponse.json()
    assert importer("rpls", tmp_path / "rpls.csv", deposant=bailleur, millesime=2025).etat == "charge"
    assert depot.etat == "refuse"


def test_the_same_again_makes_no_new_version(api):
    for _ in range(2):
        assert api.post(ADRESSE, corps(entetes={"SURFACE": "SURFHAB"}), format="json").json()["version"] == 1
    assert api.post(ADRESSE, corps(entetes={"SURF": "SURFHAB"}), format="json").json()["version"] == 2
    assert Correspondance.objects.count() == 2


@pytest.mark.parametrize(
    ("demande", "champ"),
    [
        ({"type": "inconnu"}, "type"),
        ({"entetes": {}}, "type"),
        (corps(organisation="000000000"), "organisation"),
        (corps(entetes=["SURFACE"]), "entetes"),
        (corps(entetes={"SURFACE": ["SURFHAB"]}), "entetes"),
        (corps(entetes={"SURFACE": ""}), "entetes"),
        (corps(codes={"MODE": "1"}), "codes"),
        (corps(entetes={"SURFACE": "NULLE_PART"}), "detail"),
        (corps(entetes={"A": "SURFHAB", "B": "SURFHAB"}), "detail"),
        (corps(codes={"MODE": {"Loué": "77"}}), "detail"),
        (corps(entetes={"\x00": "SURFHAB"}), "detail"),
        (corps(entetes={"x" * 101: "SURFHAB"}), "detail"),
        (corps(entetes={f"c{i}": "SURFHAB" for i in range(600)}), "detail"),
    ],
)
def test_what_cannot_be_recorded_is_a_400_that_names_the_field(api, demande, champ):
    reponse = api.post(ADRESSE, demande, format="json")
    assert (reponse.status_code, list(reponse.json())) == (400, [champ])
    assert not Correspondance.objects.exists()


@pytest.mark.parametrize(
    ("nature", "siren", "role", "statut"),
    [
        ("epci", f.EPCI, "gestionnaire", 201),
        ("epci", f.EPCI, "lecteur", 403),
        ("epci", AUTRE_EPCI, "gestionnaire", 403),
        ("bailleur", AUTRE_BAILLEUR, "gestionnaire", 403),
        ("ddt", "900300001", "gestionnaire", 403),
    ],
)
def test_who_records_for_the_bailleur(api_de, bailleur, nature, siren, role, statut):
    api = api_de(f.adhesion(nature, role=role, siren=siren))
    demande = corps(entetes={"SURFACE": "SURFHAB"}, organisation=f.BAILLEUR)
    assert api.post(ADRESSE, demande, format="json").status_code == statut
    assert Correspondance.objects.filter(organisation=bailleur).exists() is (statut == 201)


# --- from a deposit -------------------------------------------------------------------------------------------------


def test_deposit_says_what_is_left_to_match_and_what_is_proposed(api, bailleur, tmp_path):
    depot = refuse(tmp_path, bailleur)
    lue = api.get(f"/api/v1/depots/{depot.pk}/correspondance/").json()
    assert (lue["organisation"], lue["type"], lue["version"]) == (f.BAILLEUR, "rpls", 0)
    assert lue["entetes"] == [{"leur": "Loyer princ.", "notre": "LOYERPRINC", "propose": True}]
    assert "LOYERPRINC" in [colonne["nom"] for colonne in lue["colonnes"]]
    (codes,) = lue["codes"]
    assert (codes["colonne"], codes["lignes"][0]["leur"]) == ("MODE", "Loué")
    assert "1" in [valeur["nom"] for valeur in codes["admises"]]


def test_what_is_recorded_from_a_deposit_whose_file_is_gone_serves_the_next(api, bailleur, tmp_path):
    depot = refuse(tmp_path, bailleur)
    choix = {"entetes": {"Loyer princ.": "LOYERPRINC"}, "codes": {"MODE": {"Loué": "1"}}}
    reponse = api.post(f"/api/v1/depots/{depot.pk}/correspondance/", choix, format="json")
    assert (reponse.status_code, reponse.json()["recontrole"]) == (200, False)
    assert reponse.json()["correspondance"]["entetes"] == choix["entetes"]


def test_file_still_kept_is_checked_again_with_what_is_recorded(
    api, bailleur, tmp_path, django_capture_on_commit_callbacks
):
    from django.core.files.uploadedfile import SimpleUploadedFile

    contenu = f"{RPLS}\nREP1;L1;ORG;{f.COMMUNE};3;60;1980;Loué;410\n".encode()
    with django_capture_on_commit_callbacks(execute=True):
        fichier = SimpleUploadedFile("rpls.csv", contenu)
        demande = {"fichier": fichier, "type": "rpls", "millesime": 2025}
        pk = api.post("/api/v1/depots/", demande, format="multipart").json()["id"]
    assert Depot.objects.get(pk=pk).etat == "refuse"
    choix = {"entetes": {"Loyer princ.": "LOYERPRINC"}, "codes": {"MODE": {"Loué": "1"}}}
    with django_capture_on_commit_callbacks(execute=True):
        reponse = api.post(f"/api/v1/depots/{pk}/correspondance/", choix, format="json")
    assert (reponse.status_code, reponse.json()["depot"]["statut"]) == (202, "recu"), reponse.json()
    assert Depot.objects.get(pk=pk).etat == "a_confirmer"


def test_deposit_of_another_does_not_exist(api_de, bailleur, tmp_path):
    depot = refuse(tmp_path, bailleur)
    autre = api_de(f.adhesion("bailleur", siren=AUTRE_BAILLEUR))
    adresse = f"/api/v1/depots/{depot.pk}/correspondance/"
    assert (autre.get(adresse).status_code, autre.post(adresse, {}, format="json").status_code) == (404, 404)


def test_deposit_whose_type_is_not_told_yet_has_nothing_to_match(api, bailleur):
    depot = f.depot("", bailleur, etat="a_preciser")
    assert api.get(f"/api/v1/depots/{depot.pk}/correspondance/").status_code == 404
