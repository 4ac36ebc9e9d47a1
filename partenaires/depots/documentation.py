"""docs/formats.md, written from the column contracts themselves: `python manage.py formats > docs/formats.md`."""

from partenaires.depots.contrats import REGISTRE, Colonne, Format, Nature
from partenaires.depots.lignes import champ_de_table
from partenaires.models import Organisation

TETE = """# Formats de fichier

Page écrite par `python manage.py formats` d'après les contrats de colonnes du code (`*/imports/`).

## Règles communes
- **Fichier** : CSV, CSV.gz, zip d'un seul CSV, ou classeur XLSX ou XLSM (première feuille, ou `--feuille` ; le résultat
  des formules est lu, les macros ne le sont pas) ; GeoJSON, GPKG ou shapefile compressé, 1 Go au plus, pour les types
  géographiques. Séparateur `;`, `,` ou tabulation, reconnu. UTF-8 (avec ou sans BOM) ou Windows-1252,
  reconnu ; `--encodage` l'impose.
- **En-tête** : reconnu sans casse, accents ni espaces ; l'ordre des colonnes est libre. Une colonne inconnue est listée
  et ignorée. Une colonne obligatoire absente est une erreur qui la nomme.
- **Valeurs inconnues** : case vide, `NA`, `NC`, `Z`, `ND` ; et `999`, `9999` pour les codes, les listes fermées, les
  années et les dates, `0` pour une année. Ailleurs 0 et 999 sont des valeurs.
- **Nombres** : virgule ou point, espaces (fines, insécables) entre les milliers, notation scientifique `4.148800e+02`.
- **Dates** : `JJ/MM/AAAA`, `JJ-MM-AAAA 00:00:00`, ISO, `MM/AAAA` (premier jour du mois), nombre de jours d'Excel.
- **SIREN, SIRET** : complétés à gauche par des zéros. **Communes** : code INSEE actuel, ancien ou d'arrondissement,
  ramené au code en vigueur.
- **Ce qui ne se lit pas est une erreur**, avec sa ligne et sa colonne. Toutes les erreurs sont dites en une fois. Une
  ligne en erreur fait refuser le fichier, sauf `--accepter-partiel`. Les lignes identiques sont chargées une fois.
- Les lignes citées sont celles d'un éditeur de texte : l'en-tête est la ligne 1.

## Codes du rapport
| erreur | ce qu'il faut faire |
|---|---|
| `colonne_manquante` | ajouter la colonne, même avec des cases vides |
| `valeur_illisible` | corriger ou vider la case ; vérifier les séparateurs si le nombre de champs diffère |
| `valeur_hors_liste` | choisir une valeur de la liste, ou vider la case |
| `cle_vide` | renseigner la colonne qui identifie la ligne |
| `cle_en_double` | garder une seule ligne par clé |
| `commune_inconnue` | corriger le code INSEE, ou faire charger `communes` et `communes_rattachees` |
| `organisation_inconnue` | créer l'organisation, ou corriger le SIREN |
| `organisation_interdite` | déposer ses propres lignes, ou au nom du bailleur du fichier |
| `type_inattendu` | déposer le fichier avec le type qu'il paraît être |
| `fichier_vide`, `fichier_illisible` | refaire l'export |
| `millesime_absent` | indiquer le millésime |

Les avertissements n'empêchent rien : les lignes sont chargées, et le message dit ce qui en découle.
"""
NATURES = {
    Nature.TEXTE: "texte",
    Nature.CODE: "code",
    Nature.SIREN: "SIREN",
    Nature.SIRET: "SIRET",
    Nature.COMMUNE: "code INSEE",
    Nature.ENTIER: "entier",
    Nature.DECIMAL: "nombre",
    Nature.ANNEE: "année",
    Nature.DATE: "date",
    Nature.BOOLEEN: "oui / non (1 / 0)",
    Nature.GEOMETRIE: "contour",
}


def page() -> str:
    """The whole page, one section a registered type."""
    return "\n".join([TETE, *(section(REGISTRE[type]) for type in sorted(REGISTRE))])


def section(un: Format) -> str:
    lignes = [
        f"## `{un.type}` – {un.libelle}",
        un.usage,
        "",
        f"- Déposé par : {deposants(un)}.",
        f"- Une ligne est identifiée par : {', '.join(colonnes(un, un.cle)) or 'rien'}.",
        f"- {remplacement(un)}",
    ]
    if un.millesime_obligatoire:
        lignes.append("- Le millésime (`--millesime AAAA`) est obligatoire.")
    if un.geographique:
        lignes.append("- Fichier géographique ; le contour est lu de l'entité, et réparé s'il est invalide.")
    lignes += ["", "| colonne | contenu | obligatoire | précisions |", "|---|---|---|---|"]
    lignes += [rang(un, colonne) for colonne in un.colonnes if not colonne.nom.startswith("__")]
    if un.ignorees:
        lignes += ["", f"Connues et non gardées : {', '.join(un.ignorees)}."]
    return "\n".join([*lignes, ""])


def deposants(un: Format) -> str:
    return ", ".join([*(Organisation.Nature(n).label for n in un.deposants), "l'administrateur de la plateforme"])


def colonnes(un: Format, champs: tuple[str, ...]) -> list[str]:
    """The columns that these fields are read from, or the argument of the deposit."""
    return [f"`{nom}`" for nom in dict.fromkeys(map(un.nom_de, champs))]


def remplacement(un: Format) -> str:
    if un.creneau is not None:
        return f"Un nouveau fichier remplace tout ce qui a été déposé pour : {' × '.join(colonnes(un, un.creneau))}."
    if un.proprietaire is None and not un.deposants:
        return "Un nouveau fichier met à jour les lignes qu'il contient et laisse les autres."
    return "Un nouveau fichier complète les événements déjà connus : ses cases vides gardent la valeur précédente."


def rang(un: Format, colonne: Colonne) -> str:
    precisions = [
        f"parmi {', '.join(colonne.valeurs)}" if colonne.valeurs else "",
        f"à partir de {colonne.minimum:g}" if colonne.minimum is not None else "",
        f"jusqu'à {colonne.maximum:g}" if colonne.maximum is not None else "",
        f"aussi : {', '.join(colonne.synonymes)}" if colonne.synonymes else "",
        sens(un, colonne),
    ]
    present = "clé" if colonne.cle else "oui" if colonne.obligatoire else ""
    detail = " ; ".join(p for p in precisions if p).replace("|", "\\|")
    return f"| `{colonne.nom}` | {NATURES[colonne.nature]} | {present} | {detail} |"


def sens(un: Format, colonne: Colonne) -> str:
    """What the column holds: its own note, else the label of the field that it fills."""
    champ = champ_de_table(un, colonne.champ)
    return colonne.aide.rstrip(".") or (str(champ.verbose_name) if champ is not None else "")
