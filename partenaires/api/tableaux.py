"""CSV and XLSX of a list: the same rows as the JSON, all pages, `?format=csv|xlsx`.

CSV: `;`, UTF-8 with BOM, one header line of JSON field names (nested ones dotted, lists as JSON), point as decimal
separator, text that a spreadsheet would run as a formula behind an apostrophe. A masked cell reads « secret ».
A document carries the audience it was made for (regles §9): last column `etabli_pour` of a CSV, second sheet, footer
and properties of an XLSX.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder

from partenaires.models import Protocole

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LIGNES_MAX_XLSX = 1_048_575
TEXTE_MAX_XLSX = 32_767
COLONNE_AUDIENCE = "etabli_pour"
SECRET = "secret"
# What a masked row hides: the other empty cells of that row are empty, not masked.
CHAMPS_MASQUES = frozenset(
    {"numerateur", "denominateur", "repondants", "inconnus", "taux", "valeur", "classe", "contribution", "projection"}
    | {"reste_a_faire", "atteint", "ecart", "reference", "logements", "menages", "propositions", "nombre"}
)
en_json = JSONEncoder(ensure_ascii=False).encode
FORMULE = re.compile(r"^[=+\-@\t\r]")


def demande(request) -> bool:
    """Whether the answer to this API request is a table."""
    return request.accepted_renderer.format in FORMATS


# --- rows -----------------------------------------------------------------------------------------------------------


def aplatir(ligne: dict, prefixe: str = "", masquee: bool = False) -> dict:
    """One cell a field: nested fields dotted, lists as JSON, masked figures written « secret »."""
    cellules = {}
    masquee = bool(ligne.get(SECRET, masquee))
    for champ, valeur in ligne.items():
        if isinstance(valeur, dict):
            cellules |= aplatir(valeur, f"{prefixe}{champ}.", masquee)
        elif isinstance(valeur, list | tuple):
            cellules[prefixe + champ] = en_json(valeur)
        else:
            cellules[prefixe + champ] = SECRET if masquee and valeur is None and champ in CHAMPS_MASQUES else valeur
    return cellules


def fichier_texte():
    """A file without a name: it goes with the last reference to it, once the answer is sent."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")


def fichier_binaire():
    return tempfile.TemporaryFile()


def mettre_de_cote(lignes: Iterable[dict], fichier) -> list[str]:
    """Write the flattened rows to `fichier`, one JSON a line, and return their columns in order of appearance.

    The rows of a list may differ in their fields: the header is known once all have been read.
    """
    colonnes: dict[str, None] = {}
    for ligne in lignes:
        cellules = aplatir(ligne)
        colonnes |= dict.fromkeys(cellules)
        fichier.write(en_json(cellules) + "\n")
    return list(colonnes)


def relire(fichier) -> Iterator[dict]:
    fichier.seek(0)
    return (json.loads(ligne) for ligne in fichier)


# --- documents ------------------------------------------------------------------------------------------------------


def cellule_csv(valeur):
    if isinstance(valeur, bool):
        return "true" if valeur else "false"
    if isinstance(valeur, str) and FORMULE.match(valeur):
        return "'" + valeur
    return "" if valeur is None else valeur


def lignes_csv(colonnes: list[str], lignes: Iterable[dict], audience: str) -> Iterator[str]:
    tampon = io.StringIO()
    ecrire = csv.writer(tampon, delimiter=";", lineterminator="\r\n").writerow
    ecrire([*colonnes, COLONNE_AUDIENCE])
    yield "\ufeff" + tampon.getvalue()
    for ligne in lignes:
        tampon.seek(0)
        tampon.truncate()
        ecrire([*(cellule_csv(ligne.get(colonne)) for colonne in colonnes), audience])
        yield tampon.getvalue()


def ecrire_cellule(feuille, rang: int, colonne: int, valeur) -> None:
    if isinstance(valeur, str):
        feuille.write_string(rang, colonne, valeur[:TEXTE_MAX_XLSX])
    elif isinstance(valeur, bool):
        feuille.write_boolean(rang, colonne, valeur)
    elif valeur is not None:
        feuille.write_number(rang, colonne, valeur)


def ecrire_xlsx(fichier, titre: str, colonnes: list[str], lignes: Iterable[dict], audience: str) -> None:
    """`constant_memory`: rows go to the disk as they come. Text is written as text, never as a formula."""
    with xlsxwriter.Workbook(fichier, {"constant_memory": True}) as classeur:
        classeur.set_properties({"title": titre, "comments": audience})
        feuille = classeur.add_worksheet("Données")
        feuille.freeze_panes(1, 0)
        feuille.set_footer("&L" + audience.replace("&", "&&")[:200])
        for numero, colonne in enumerate(colonnes):
            feuille.write_string(0, numero, colonne)
        for rang, ligne in enumerate(lignes, start=1):
            for numero, colonne in enumerate(colonnes):
                ecrire_cellule(feuille, rang, numero, ligne.get(colonne))
        classeur.add_worksheet("Établi pour").write_string(0, 0, audience)


def nom_de_fichier(nom: str, format: str) -> str:
    return f"{re.sub(r'[^a-z0-9_-]+', '-', nom.lower()).strip('-')}-{timezone.localdate():%Y-%m-%d}.{format}"


def reponse(nom: str, colonnes: list[str] | None, lignes: Iterable[dict], format: str, audience: str):
    """The document to download, for a page or the API.

    `colonnes`: fields to write, in that order; None for all those of the rows. `lignes`: dicts as in the JSON, or
    sequences in the order of `colonnes`.
    `audience`: whom the document is made for (`audience_de`). All rows are read before the answer starts: a failure
    is an error, never a truncated document.
    """
    fichier = fichier_texte()
    lignes = (ligne if isinstance(ligne, dict) else dict(zip(colonnes or (), ligne)) for ligne in lignes)
    presentes = mettre_de_cote(lignes, fichier)
    colonnes = presentes if colonnes is None else list(colonnes)
    if format == "csv":
        sortie = StreamingHttpResponse(lignes_csv(colonnes, relire(fichier), audience), content_type=FORMATS["csv"])
    else:
        document = fichier_binaire()
        ecrire_xlsx(document, nom, colonnes, relire(fichier), audience)
        document.seek(0)
        sortie = FileResponse(document, content_type=FORMATS["xlsx"])
    sortie["Content-Disposition"] = f'attachment; filename="{nom_de_fichier(nom, format)}"'
    return sortie


# --- who it is for --------------------------------------------------------------------------------------------------


def niveau_d_audience(adhesion) -> str:
    """`partenaire` for the signatory of a protocole d'échange in force, `diffusion` for everyone else (regles §9)."""
    signataire = Protocole.objects.en_vigueur().filter(partenaire=adhesion.nature).exists()
    return "partenaire" if signataire else "diffusion"


def audience_de(adhesion, niveau: str | None = None) -> str:
    """The line that a document carries. `niveau`: lignes, partenaire or diffusion, when the caller knows it."""
    return (
        f"Document établi pour {adhesion.organisation} le {timezone.localdate():%d/%m/%Y} "
        f"(audience : {niveau or niveau_d_audience(adhesion)})"
    )


# --- API ------------------------------------------------------------------------------------------------------------


def nom_de_vue(vue) -> str:
    return getattr(vue, "nom_export", None) or getattr(vue, "basename", None) or type(vue).__name__


def champs_de(vue) -> list[str] | None:
    """Header of a list without rows: the fields of the view's serializer."""
    return list(vue.get_serializer().fields) if getattr(vue, "serializer_class", None) else None


def reponse_de_vue(vue, request, lignes: Iterable[dict], nombre: int):
    """The table of an API list. A view may set `nom_export` (file name) and `audience` (regles §9)."""
    format = request.accepted_renderer.format
    if format == "xlsx" and nombre > LIGNES_MAX_XLSX:
        raise ValidationError({"format": [f"{nombre} lignes : au-delà d'un tableur. Demandez le CSV ou filtrez."]})
    audience = audience_de(request.adhesion, getattr(vue, "audience", None))
    colonnes = None if nombre else champs_de(vue)
    return reponse(nom_de_vue(vue), colonnes, lignes, format, audience)


def lignes_de(donnees) -> list[dict]:
    """Rows of an answer without pages: a list, the features of a map, or one object."""
    if isinstance(donnees, list):
        return donnees
    if donnees.get("type") == "FeatureCollection":
        return [{"id": objet.get("id")} | objet["properties"] for objet in donnees["features"]]
    return [donnees]


class TableauRenderer(BaseRenderer):
    """An answer without pages as a table; lists with pages go through `reponse_de_vue`."""

    render_style = "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None:
            return b""
        contexte = renderer_context
        lignes = lignes_de(data)
        tableau = reponse_de_vue(contexte["view"], contexte["request"], lignes, len(lignes))
        contexte["response"]["Content-Disposition"] = tableau["Content-Disposition"]
        return b"".join(tableau.streaming_content)


class CSVRenderer(TableauRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"


class XLSXRenderer(TableauRenderer):
    media_type = FORMATS["xlsx"]
    format = "xlsx"
    charset = None
