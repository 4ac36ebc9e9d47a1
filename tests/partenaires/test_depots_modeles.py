"""The XLSX templates: made from the contracts, filled by hand, read back by the engine."""

import io
import re
import zipfile

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from diagnostic.models import MenageOps, Residence
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.entetes import rapprocher
from partenaires.depots.modeles import ecrire
from partenaires.depots.moteur import importer
from tests import fabriques as f

TABLEAUX = [un.type for un in REGISTRE.values() if not un.geographique]


def modele(type) -> bytes:
    sortie = io.BytesIO()
    ecrire(REGISTRE[type], sortie)
    return sortie.getvalue()


def feuille(contenu, nom) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(contenu)).get_sheet_by_name(nom).to_python()


def remplir(contenu, *lignes) -> bytes:
    """The template as a spreadsheet saves it once these rows ({header: text}) are typed under its header."""
    entetes = feuille(contenu, CalamineWorkbook.from_filelike(io.BytesIO(contenu)).sheet_names[0])[0]
    rangees = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{chr(65 + entetes.index(nom))}{n}" t="inlineStr"><is><t>{texte}</t></is></c>'
            for nom, texte in sorted(ligne.items(), key=lambda case: entetes.index(case[0]))
        )
        + "</row>"
        for n, ligne in enumerate(lignes, 2)
    )
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contenu)) as avant, zipfile.ZipFile(sortie, "w") as apres:
        for nom in avant.namelist():
            octets = avant.read(nom)
            if nom == "xl/worksheets/sheet1.xml":
                octets = octets.replace(b"</sheetData>", rangees.encode() + b"</sheetData>")
            apres.writestr(nom, octets)
    return sortie.getvalue()


@pytest.fixture
def deposer(db, tmp_path):
    f.commune()
    f.organisation("bailleur")

    def faire(type, *lignes):
        chemin = tmp_path / f"{type}.xlsx"
        chemin.write_bytes(remplir(modele(type), *lignes))
        return importer(type, chemin)

    return faire


@pytest.mark.parametrize("type", TABLEAUX)
def test_every_header_of_a_template_is_one_that_the_engine_reads(type):
    entetes = feuille(modele(type), type)[0]
    trouve = rapprocher(REGISTRE[type], entetes)
    assert (trouve.manquantes, trouve.inconnues, len(trouve.rangs)) == ([], [], len(entetes))


@pytest.mark.parametrize("type", sorted(REGISTRE))
def test_dictionary_explains_every_column(type):
    titres, *lignes = feuille(modele(type), "Dictionnaire")
    attendues = [c.nom for c in REGISTRE[type].colonnes if not c.nom.startswith("__")]
    assert [ligne[0] for ligne in lignes] == attendues
    assert titres[1] == "Obligatoire"
    assert all(ligne[2] for ligne in lignes)


def test_required_columns_carry_a_star():
    entetes = feuille(modele("residences"), "residences")[0]
    assert [nom for nom in entetes if nom.endswith(" *")] == [
        *("SIREN_BAILLEUR *", "CODE_RESIDENCE *", "NOM_RESIDENCE *", "DEPCOM *")
    ]


def test_closed_lists_are_offered_and_dates_and_codes_have_their_format():
    with zipfile.ZipFile(io.BytesIO(modele("ops"))) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    listes = re.findall(r'type="list".*?<formula1>(.*?)</formula1>', xml, re.DOTALL)
    assert '"1,2,3,4,5"' in listes  # COMPOSITION
    assert '"1,0"' in listes  # REPONSE
    assert 'formatCode="dd/mm/yyyy"' in styles
    assert 'formatCode="@"' in styles  # text: a SIREN keeps its zeros


def test_filled_template_of_residences_loads(deposer):
    depot = deposer(
        "residences",
        {
            "SIREN_BAILLEUR *": f.BAILLEUR,
            "CODE_RESIDENCE *": "007",
            "NOM_RESIDENCE *": "Les Ormes",
            "DEPCOM *": f.COMMUNE,
        },
        {
            "SIREN_BAILLEUR *": f.BAILLEUR,
            "CODE_RESIDENCE *": "008",
            "NOM_RESIDENCE *": "Les Iris",
            "DEPCOM *": f.COMMUNE,
        },
    )
    assert (depot.etat, depot.rapport["colonnes_inconnues"]) == ("charge", []), depot.rapport
    assert sorted(Residence.objects.values_list("code", "nom")) == [("007", "Les Ormes"), ("008", "Les Iris")]


def test_filled_template_of_ops_loads(deposer):
    cases = {"SIREN_BAILLEUR *": f.BAILLEUR, "IDENT_INT *": "L1", "ANNEE *": "2025", "REPONSE *": "1"}
    depot = deposer("ops", cases | {"DATE_ENTREE": "04/2019", "COMPOSITION": "4"})
    assert depot.etat == "charge", depot.rapport
    menage = MenageOps.objects.get()
    assert (menage.annee, menage.composition, menage.date_entree.isoformat()) == (2025, 4, "2019-04-01")


def test_empty_template_is_refused_as_empty(deposer):
    assert [e["code"] for e in deposer("residences").rapport["erreurs"]] == ["fichier_vide"]


@pytest.mark.django_db
def test_page_lists_what_one_deposits_first(client_de):
    f.territoire()
    texte = client_de(f.adhesion("bailleur", role="lecteur")).get(reverse("modeles")).content.decode()
    for un_format in REGISTRE.values():
        assert reverse("modele", args=[un_format.type]) in texte
        assert un_format.usage
    assert texte.index("modeles/rpls.xlsx") < texte.index("modeles/sne_stock.xlsx")


@pytest.mark.django_db
@pytest.mark.parametrize(("type", "statut"), [("rpls", 200), ("perimetres", 200), ("inconnu", 404)])
def test_download_of_a_template(client_de, type, statut):
    reponse = client_de(f.adhesion("bailleur")).get(reverse("modele", args=[type]))
    assert reponse.status_code == statut
    if statut == 200:
        assert b"".join(reponse.streaming_content).startswith(b"PK")
