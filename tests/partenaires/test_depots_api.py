"""Deposits through the API: type recognised, archives unfolded, answers given."""

import gzip
import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from diagnostic.models import GestionResidence
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.rapport import Refus
from partenaires.depots.reconnaissance import apercu, reconnaitre
from partenaires.models import Depot
from partenaires.services import archives, stockage
from tests import fabriques as f

DEPOTS = "/api/v1/depots/"
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
GESTION = ENTETE + "900100001;R1;2025;20;18\n"
PASSAGE = "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE\n900100001;L1;R1\n"
RPLS = (
    "IDENT_REP;IDENT_INT;IDENT_ORG;SIRET;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE\n"
    "1;L1;900100001;90010000100011;99001;3;60;1990;1\n"
)


@pytest.fixture
def bailleur(db):
    f.residence("R1")
    return f.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def poster(api_de, bailleur, django_capture_on_commit_callbacks):
    """`poster(path or '', adhesion=…, **fields)`; the tasks that it sends are run."""

    def faire(suite="", adhesion=None, **champs):
        with django_capture_on_commit_callbacks(execute=True):
            return api_de(adhesion or bailleur).post(f"{DEPOTS}{suite}", champs, format="multipart")

    return faire


@pytest.fixture
def deposer(poster):
    def faire(contenu=GESTION, nom="gestion_2025.csv", **champs):
        octets = contenu if isinstance(contenu, bytes) else contenu.encode()
        return poster(fichier=SimpleUploadedFile(nom, octets), **champs)

    return faire


def archive(**fichiers) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as zip:
        for nom, contenu in fichiers.items():
            zip.writestr(nom.replace("___", "/").replace("_csv", ".csv").replace("_zip", ".zip"), contenu)
    return sortie.getvalue()


def rien_de_garde() -> bool:
    depots = Depot.objects.exclude(type__in=("residences", "communes"))
    return not depots.exists() and not [c for c in stockage.dossier().rglob("*") if c.is_file()]


# --- the conversation -----------------------------------------------------------------------------------------------


def test_deposit_check_confirm_load_by_the_api(api_de, bailleur, deposer, poster):
    recu = deposer().json()
    assert (recu["statut"], recu["type"], recu["progression"]) == ("recu", "gestion", 0)
    controle = api_de(bailleur).get(f"{DEPOTS}{recu['id']}/").json()
    assert (controle["statut"], controle["progression"], controle["reste_s"]) == ("a_confirmer", 50, None)
    assert controle["rapport"]["changements"]["nouvelles"] == 1
    reponse = poster(f"{recu['id']}/confirmer/")
    assert (reponse.status_code, reponse.json()["statut"]) == (202, "chargement")
    charge = api_de(bailleur).get(f"{DEPOTS}{recu['id']}/").json()
    assert (charge["statut"], charge["progression"], charge["rapport"]["lignes_chargees"]) == ("charge", 100, 1)
    assert charge["conserver_jusqu_au"] > str(date.today())
    assert GestionResidence.objects.get().depot_id == recu["id"]


@pytest.mark.parametrize("corps, format", [({"partiel": True}, "json"), ({"partiel": "true"}, "multipart")])
def test_partial_load_is_asked_for_in_json_or_in_a_form(
    api_de, bailleur, deposer, corps, format, django_capture_on_commit_callbacks
):
    numero = deposer(GESTION + "900100001;R2;2025;dix;9\n").json()["id"]
    assert api_de(bailleur).post(f"{DEPOTS}{numero}/confirmer/").status_code == 409
    with django_capture_on_commit_callbacks(execute=True):
        reponse = api_de(bailleur).post(f"{DEPOTS}{numero}/confirmer/", corps, format=format)
    assert reponse.status_code == 202
    assert GestionResidence.objects.count() == 1


def test_abandoned_deposit_can_no_longer_be_confirmed(deposer, poster):
    numero = deposer().json()["id"]
    assert poster(f"{numero}/abandonner/").json()["statut"] == "abandonne"
    refus = poster(f"{numero}/confirmer/")
    assert refus.status_code == 409
    assert "Abandonné" in refus.json()["detail"]


def test_a_failed_deposit_is_taken_up_again(deposer, poster):
    numero = deposer().json()["id"]
    assert poster(f"{numero}/reprendre/").status_code == 409
    Depot.objects.filter(pk=numero).update(etat="echec")
    assert poster(f"{numero}/reprendre/").json()["statut"] == "recu"
    assert Depot.objects.get(pk=numero).etat == "a_confirmer"


def test_bad_body_of_a_confirmation_is_a_400(deposer, poster):
    numero = deposer().json()["id"]
    assert poster(f"{numero}/confirmer/", partiel="peut-être").status_code == 400


@pytest.mark.parametrize("geste", ["confirmer", "abandonner", "reprendre"])
def test_only_those_who_may_deposit_answer(api_de, deposer, poster, bailleur, geste):
    numero = deposer().json()["id"]
    lecteur = f.adhesion(organisation=bailleur.organisation, role="lecteur")
    autre = f.adhesion("bailleur", "gestionnaire", siren="900100002")
    assert poster(f"{numero}/{geste}/", adhesion=lecteur).status_code == 403
    assert poster(f"{numero}/{geste}/", adhesion=autre).status_code == 404
    assert api_de(None).post(f"{DEPOTS}{numero}/{geste}/").status_code == 401
    assert Depot.objects.get(pk=numero).etat == "a_confirmer"


# --- the type, recognised -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contenu, nom, type, millesime",
    [
        (GESTION, "x.csv", "gestion", None),
        (PASSAGE, "x.csv", "passage", None),
        (RPLS, "RPLS_2025.csv", "rpls", 2025),
        (RPLS, "parc au 01-01-2024.csv", "rpls", 2024),
        (GESTION.replace(";", ","), "x.csv", "gestion", None),
        (GESTION.encode("utf-16"), "x.csv", "gestion", None),
    ],
)
def test_type_and_year_are_recognised_when_not_said(deposer, contenu, nom, type, millesime):
    recu = deposer(contenu, nom).json()
    assert (recu.get("type"), recu.get("millesime")) == (type, millesime)


def test_a_workbook_is_recognised_too(deposer):
    import xlsxwriter

    sortie = io.BytesIO()
    with xlsxwriter.Workbook(sortie) as classeur:
        feuille = classeur.add_worksheet()
        for rang, ligne in enumerate(GESTION.splitlines()):
            feuille.write_row(rang, 0, ligne.split(";"))
    assert deposer(sortie.getvalue(), "x.xlsx").json()["type"] == "gestion"


def test_what_the_depositor_says_comes_before_what_is_recognised(deposer):
    recu = deposer(RPLS, "RPLS_2025.csv", millesime=2023).json()
    assert (recu["type"], recu["millesime"]) == ("rpls", 2023)


def test_a_year_that_nothing_tells_is_asked_for(deposer):
    reponse = deposer(RPLS, "parc.csv")
    assert (reponse.status_code, list(reponse.json())) == (400, ["millesime"])
    assert rien_de_garde()


@pytest.mark.parametrize(
    "contenu, champ",
    [
        ("A;B;C\n1;2;3\n", "type"),
        ("", "fichier"),
        ("\x00\x01\x02", "fichier"),
        ("CODE_RESIDENCE;ANNEE\nR1;2025\n", "type"),
    ],
)
def test_a_file_that_is_like_no_other_asks_for_its_type_and_is_not_kept(deposer, contenu, champ):
    reponse = deposer(contenu, "x.csv")
    assert (reponse.status_code, list(reponse.json())) == (400, [champ])
    assert rien_de_garde()


def test_the_nearest_types_are_named(deposer):
    assert (
        "gestion" in deposer("SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_OCCUPES\nx;R1;2025;3\n", "x.csv").json()["type"][0]
    )


def test_recognised_type_that_one_may_not_deposit_is_refused(deposer):
    assert deposer("CODE;NOM;DEPARTEMENT\n1;a;2\n", "x.csv", type="communes").status_code == 403


@pytest.mark.parametrize("type", sorted(un.type for un in REGISTRE.values() if not un.geographique))
def test_every_tabular_type_is_recognised_from_its_own_columns(tmp_path, type):
    chemin = tmp_path / "f.csv"
    noms = [colonne.nom for colonne in REGISTRE[type].colonnes]
    chemin.write_text(";".join(noms) + "\n" + ";".join("1" for _ in noms) + "\n")
    assert reconnaitre(chemin, "f.csv").type == type


@pytest.mark.parametrize(
    "colonne, valeurs, attendu",
    [("ANNEE", "2024 2024", 2024), ("ANNEE", "2024 2023", None), ("Millésime", "2022", 2022), ("ANNEE", "x", None)],
)
def test_the_year_of_the_content_counts_when_it_is_the_only_one(tmp_path, colonne, valeurs, attendu):
    chemin = tmp_path / "f.csv"
    chemin.write_text(f"A;{colonne}\n" + "".join(f"1;{v}\n" for v in valeurs.split()))
    assert reconnaitre(chemin, "f.csv").millesime == attendu


def test_nature_and_version_of_perimeters_come_from_the_name(tmp_path):
    chemin = tmp_path / "f.geojson"
    chemin.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"CODE":"S1","NOM":"a"},'
        '"geometry":{"type":"Polygon","coordinates":[[[2,46],[3,46],[3,47],[2,46]]]}}]}'
    )
    trouve = reconnaitre(chemin, "secteurs-2024.geojson")
    assert (trouve.type, trouve.nature, trouve.version) == ("perimetres", "secteur", "2024")


def test_the_beginning_of_a_huge_file_is_enough(tmp_path):
    def blocs():
        yield GESTION.encode() + b"900100001;R1;2025;20;18\n" * 40_000
        raise AssertionError("read beyond its beginning")

    chemin = tmp_path / "f.csv"
    chemin.write_bytes(b"".join(apercu(blocs())))
    assert reconnaitre(chemin, "f.csv").type == "gestion"


def test_the_beginning_of_a_gzip_is_uncompressed(tmp_path):
    chemin = tmp_path / "f.csv"
    chemin.write_bytes(b"".join(apercu([gzip.compress(GESTION.encode() * 1000)[:-8]])))
    assert reconnaitre(chemin, "f.csv.gz").type == "gestion"
    chemin.write_bytes(b"".join(apercu([b"\x1f\x8bperdu"])))
    with pytest.raises(Refus):
        reconnaitre(chemin, "f.csv.gz")


# --- archives -------------------------------------------------------------------------------------------------------


def test_an_archive_makes_a_deposit_of_each_of_its_files(deposer):
    reponse = deposer(archive(gestion_csv=GESTION, dossier___passage_csv=PASSAGE, __MACOSX___x="x"), "tout.zip")
    assert reponse.status_code == 202
    assert sorted((d["fichier"], d["type"]) for d in reponse.json()["depots"]) == [
        ("gestion.csv", "gestion"),
        ("passage.csv", "passage"),
    ]
    assert (
        list(Depot.objects.filter(type__in=("gestion", "passage")).values_list("etat", flat=True))
        == ["a_confirmer"] * 2
    )


def test_an_archive_of_one_file_answers_as_that_file(deposer):
    assert deposer(archive(gestion_csv=GESTION), "un.zip").json()["fichier"] == "gestion.csv"


def test_one_file_that_cannot_be_taken_leaves_out_the_whole_archive(deposer):
    reponse = deposer(archive(gestion_csv=GESTION, autre_csv="A;B\n1;2\n"), "tout.zip")
    assert reponse.status_code == 400
    assert "autre.csv" in reponse.json()["type"][0]
    assert rien_de_garde()


ARCHIVES = {
    "empty": (lambda: archive(dossier___=""), "aucun fichier"),
    "too many": (lambda: archive(**{f"f{i}_csv": GESTION for i in range(archives.ENTREES_MAX + 1)}), "au plus"),
    "nested": (lambda: archive(b_zip=archive(gestion_csv=GESTION), a_csv=GESTION), "autre archive"),
    "cut content": (lambda: archive(a_csv=GESTION, b_csv=GESTION).replace(b"PK\x01\x02", b"PK\x01\x03", 1), ""),
}


@pytest.mark.parametrize("faire, mot", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_cannot_be_unfolded_is_refused_plainly(deposer, faire, mot):
    reponse = deposer(faire(), "tout.zip")
    assert reponse.status_code == 400
    assert mot in reponse.json()["fichier"][0]
    assert rien_de_garde()


def test_an_archive_within_a_gzip_of_unknown_type_is_told_as_such(deposer):
    reponse = deposer(gzip.compress(gzip.compress(GESTION.encode())), "f.csv.gz")
    assert (reponse.status_code, "autre archive" in reponse.json()["fichier"][0]) == (400, True)


def test_a_zip_bomb_is_refused_before_it_is_unfolded(deposer, settings):
    reponse = deposer(archive(a_csv=b"0" * 40_000_000, b_csv=GESTION), "bombe.zip")
    assert (reponse.status_code, "démesuré" in reponse.json()["fichier"][0]) == (400, True)
    assert rien_de_garde()


def test_an_archive_larger_inside_than_the_limit_is_a_413(deposer, settings):
    settings.TAILLE_MAX_DEPOT = 20_000
    reponse = deposer(archive(a_csv=GESTION * 300, b_csv=GESTION * 300), "gros.zip")
    assert reponse.status_code == 413
    assert rien_de_garde()


# --- limits of the reception ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limite, annonce", [(1000, "announced"), (150_000, "found out while reading")])
def test_a_file_over_the_limit_is_a_413(deposer, settings, limite, annonce):
    """What a form holds beside the file makes the announced length a loose bound: the file itself is counted."""
    settings.TAILLE_MAX_DEPOT = limite
    assert deposer("x" * 200_000, type="gestion").status_code == 413, annonce
    assert rien_de_garde()


def test_a_full_disk_is_a_507_that_keeps_nothing(deposer, monkeypatch):
    def plein(chemin):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stockage, "creer", plein)
    reponse = deposer()
    assert reponse.status_code == 507
    assert "disque" in reponse.json()["detail"]
    assert rien_de_garde()
