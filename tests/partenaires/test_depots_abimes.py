"""Damaged files, at random: the engine answers with a report, never with a failure of its own, and loads no half."""

import gzip
import io
import random
import zipfile

import pytest
import xlsxwriter

from diagnostic.models import Logement
from partenaires.depots.moteur import importer
from tests import fabriques as f

pytestmark = [pytest.mark.django_db, pytest.mark.robustesse]
ENTETE = (
    "IDENT_REP;IDENT_INT;IDENT_ORG;SIRET;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE;DATCONV;BAIL;LOYERPRINC;QPV;COMPLGEO"
)
MORCEAUX = [
    *(b"\x00", b"\xff", b'"', b";", b"\n", b"\r", b"\t", b"\x1f", b"\\.", b"\xc2\xa0", b"'", b"%s", b"{}", b"NULL"),
    *(
        b"1e99",
        b"-",
        b"31/02/2024",
        b"99999999999999999999",
        b"0x1A",
        b"NaN",
        b"Infinity",
        b"\xe9",
        b"\xf0\x9f\x8f\xa0",
    ),
    b"9" * 400,
    b"\xc3\xa9" * 300,
    b"1" + b" 000" * 40,
    b"01/" * 5,
    b"1," * 5,
]


def sain() -> bytes:
    lignes = [
        f"7{n:09d};L{n};O;{f.BAILLEUR}00017;{f.COMMUNE};3;60,5;1970;1;31/12/1985;05/2019;4.148800e+02;2;Les Lilas"
        for n in range(40)
    ]
    return "\n".join([ENTETE, *lignes, ""]).encode()


def abimer(octets: bytes, hasard: random.Random) -> bytes:
    """A few pieces cut out, doubled or replaced anywhere, header included."""
    abime = bytearray(octets)
    for _ in range(hasard.randint(1, 6)):
        ici, long = hasard.randrange(len(abime)), hasard.randrange(0, 12)
        abime[ici : ici + long] = hasard.choice([b"", hasard.choice(MORCEAUX), bytes(abime[ici : ici + 3 * long])])
    return bytes(abime)


@pytest.mark.parametrize("graine", range(8))
def test_any_damage_ends_in_a_report(tmp_path, graine):
    f.commune()
    f.organisation("bailleur")
    hasard, chemin = random.Random(graine), tmp_path / "f.csv"
    for tour in range(60):
        chemin.write_bytes(abimer(sain(), hasard))
        avant = Logement.objects.courantes().count()
        depot = importer("rpls", chemin, millesime=2025, accepter_partiel=tour % 3 == 0)
        rapport, apres = depot.rapport, Logement.objects.courantes().count()
        assert depot.etat in ("charge", "deja_charge", "refuse"), rapport
        parts = [rapport[f"lignes_{nom}"] for nom in ("chargees", "inchangees", "en_double", "rejetees")]
        assert rapport["lignes_lues"] == sum(parts), rapport
        if depot.etat == "refuse":
            assert rapport["erreurs"] and apres == avant, rapport
        elif depot.etat == "charge" and sum(parts[:2]):
            assert apres == sum(parts[:2]), rapport


# --- compressed files and workbooks ---------------------------------------------------------------------------------
BRIBES = [b"", b"\x00", b"\xff" * 4, b"<", b"/>", b'"', b"<c>", b"<v>9</v>", b"&amp;", b"&x;", b' r="A1"', b' t="s"']


def classeur(hasard: random.Random) -> bytes:
    """A workbook, one of its parts damaged before it is compressed, or not."""
    sortie = io.BytesIO()
    with xlsxwriter.Workbook(sortie, {"in_memory": True}) as classeur:
        feuille = classeur.add_worksheet()
        for rang, ligne in enumerate(sain().decode().splitlines()):
            feuille.write_row(rang, 0, ligne.split(";"))
    parties = {un: zipfile.ZipFile(sortie).read(un) for un in zipfile.ZipFile(sortie).namelist()}
    atteinte = hasard.choice(list(parties))
    refait = io.BytesIO()
    with zipfile.ZipFile(refait, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in parties.items():
            archive.writestr(nom, abimer_octets(contenu, hasard) if nom == atteinte else contenu)
    return refait.getvalue()


def archive(hasard: random.Random) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("f.csv", sain())
    return sortie.getvalue()


def abimer_octets(octets: bytes, hasard: random.Random) -> bytes:
    abime = bytearray(octets)
    for _ in range(hasard.randint(1, 3)):
        ici, long = hasard.randrange(len(abime) + 1), hasard.randrange(0, 5)
        abime[ici : ici + long] = hasard.choice([*BRIBES, hasard.randbytes(2)])
    return bytes(abime)


@pytest.mark.parametrize("faire", [classeur, archive, lambda hasard: gzip.compress(sain())])
@pytest.mark.parametrize("graine", range(4))
def test_any_damage_to_what_is_compressed_ends_in_a_report(tmp_path, faire, graine):
    f.commune()
    f.organisation("bailleur")
    hasard, chemin = random.Random(graine), tmp_path / "f"
    for tour in range(60):
        octets = faire(hasard)
        chemin.write_bytes(octets if tour % 3 == 0 and faire is classeur else abimer_octets(octets, hasard))
        depot = importer("rpls", chemin, millesime=2025)
        assert depot.etat in ("charge", "deja_charge", "refuse")
        assert depot.etat != "refuse" or depot.rapport["erreurs"]
