"""Excel workbooks by python-calamine: dates as ISO, integers without « .0 », one row a line of the sheet."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from partenaires.depots.lecture import Fichier, blocs_de_lignes
from partenaires.depots.rapport import refuser


def texte(valeur) -> str:
    """The text that a CSV export of the cell would hold."""
    if isinstance(valeur, str):
        return valeur
    if isinstance(valeur, bool):
        return "1" if valeur else "0"
    if isinstance(valeur, float):
        return str(int(valeur)) if valeur.is_integer() else repr(valeur)
    if isinstance(valeur, datetime):
        return valeur.date().isoformat() if valeur.time() == time() else valeur.isoformat(" ")
    if isinstance(valeur, date | time):
        return valeur.isoformat()
    if isinstance(valeur, timedelta):
        return str(valeur.total_seconds())
    return "" if valeur is None else str(valeur)


def ouvrir_excel(chemin: Path, feuille: str | None) -> Fichier:
    try:
        classeur = CalamineWorkbook.from_path(str(chemin))
        noms = [f.name for f in classeur.sheets_metadata if f.typ == SheetTypeEnum.WorkSheet]
        if feuille is not None and feuille not in noms:
            raise refuser(
                "fichier_illisible",
                f"Le classeur n'a pas de feuille « {feuille} ». Feuilles présentes : {', '.join(noms)}.",
            )
        lignes = classeur.get_sheet_by_name(feuille or noms[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as erreur:
        raise refuser(
            "fichier_illisible",
            "Le classeur ne peut pas être lu (abîmé, protégé par mot de passe ou sans feuille). "
            "Enregistrez-le de nouveau en XLSX sans mot de passe.",
        ) from erreur
    pleines = ((n, [texte(v) for v in ligne]) for n, ligne in enumerate(lignes, 1))
    numero, entetes = next(((n, ligne) for n, ligne in pleines if any(v.strip() for v in ligne)), (0, []))
    if not entetes:
        raise refuser("fichier_vide", "La feuille est vide. Choisissez la feuille qui porte les données (--feuille).")
    while entetes and not entetes[-1].strip():
        entetes.pop()
    return Fichier(
        entetes, ligne_entete=numero, source=lambda fichier: blocs_de_lignes(fichier, ajuster(fichier, pleines))
    )


def ajuster(fichier: Fichier, lignes: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str | None]]]:
    """Rows cut or filled to the width of the header; a value beyond it makes the row irregular."""
    largeur = len(fichier.entetes)
    for numero, valeurs in lignes:
        if any(v.strip() for v in valeurs[largeur:]):
            fichier.lues += 1
            fichier.signaler(numero, len(valeurs))
        else:
            yield numero, [v if v.strip() else None for v in valeurs[:largeur]] + [None] * (largeur - len(valeurs))
