"""The four criteria worked out from the deposited files alone, by pandas and geopandas, from regles.md §7: nothing of
the platform is imported."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import pandas as pd

ETATS = ("identifie", "enquete", "proposition", "reloge", "depart_volontaire", "temporaire")
A_PART = ("depart_volontaire", "temporaire")


def lire(chemin: Path) -> pd.DataFrame:
    table = pd.read_csv(chemin, sep=";", dtype=str, keep_default_na=False, encoding="latin-1")
    return table.rename(columns=lambda nom: nom.removeprefix("ï»¿")).map(str.strip)


def lire_toutes(dossier: Path, genre: str) -> pd.DataFrame:
    noms = json.loads((dossier / "fichiers.json").read_text())[genre]
    return pd.concat([lire(dossier / nom) for _, nom in noms], ignore_index=True)


def places(dossier: Path, qpv_2015: Path, qpv_2024: Path) -> pd.DataFrame:
    """(bailleur, ident_int) → point's QPV 2015 and 2024, "" outside; the NPNRU quarters are those of 2015."""
    residences = lire_toutes(dossier, "residences")
    points = gpd.GeoSeries.from_xy(residences.X.astype(float), residences.Y.astype(float), crs=2154)
    for version, fichier in (("2015", qpv_2015), ("2024", qpv_2024)):
        contours = gpd.read_file(fichier)
        contours["geometry"] = contours.geometry.make_valid()
        contours = contours.to_crs(2154)
        residences[version] = [",".join(contours.code[contours.geometry.intersects(p)]) for p in points]
    residences["cle"] = residences.SIREN_BAILLEUR.str.zfill(9) + residences.CODE_RESIDENCE
    passage = lire_toutes(dossier, "passage")
    passage["cle"] = passage.SIREN_BAILLEUR.str.zfill(9) + passage.CODE_RESIDENCE
    passage["logement"] = passage.SIREN_BAILLEUR.str.zfill(9) + passage.IDENT_INT
    return passage.merge(residences[["cle", "2015", "2024"]], on="cle").set_index("logement")[["2015", "2024"]]


def premieres_rpls(dossier: Path) -> dict[str, date]:
    """Dwelling → 1 January of LOCAT (DATCONV is empty in the extracts)."""
    rpls = lire_toutes(dossier, "rpls")
    connues = rpls[~rpls.LOCAT.isin(["", "9999", "NA"])]
    return dict(
        zip(connues.SIRET.str.zfill(14).str[:9] + connues.IDENT_INT, connues.LOCAT.map(lambda a: date(int(a), 1, 1)))
    )


def montant(texte: str) -> Decimal | None:
    return Decimal(texte.replace(",", ".")) if texte else None


def jour(texte: str) -> date | None:
    return date(*map(int, reversed(texte.split("/")))) if texte else None


def plus_cinq_ans(d: date) -> date:
    return d.replace(year=d.year + 5, day=28) if (d.month, d.day) == (2, 29) else d.replace(year=d.year + 5)


def budget(ligne, moment: str) -> Decimal | None:
    loyer, charges, apl = (montant(ligne[f"{nom}_{moment}"]) for nom in ("LOYER", "CHARGES", "APL"))
    return None if None in (loyer, charges, apl) else loyer + charges - apl


def verdicts(ligne, lieux: pd.DataFrame, rpls: dict) -> dict[str, bool | None]:
    bail, logement = jour(ligne.DATE_BAIL), ligne.SIREN_BAILLEUR_DESTINATION.zfill(9) + ligne.IDENT_INT_DESTINATION
    avant, apres, ressources = budget(ligne, "AVANT"), budget(ligne, "APRES"), montant(ligne.RESSOURCES_MENSUELLES)
    baisse = None if avant is None or apres is None else apres <= avant
    effort = None if apres is None or not ressources else Fraction(apres) / Fraction(ressources) <= Fraction(3, 10)
    premiere = jour(ligne.DATE_PREMIERE_LOCATION) or rpls.get(logement)
    lieu = lieux.loc[logement] if logement in lieux.index else None
    qpv = None if lieu is None else lieu["2024" if bail >= date(2024, 1, 1) else "2015"]
    return {
        "reste_a_charge": True if baisse or effort else False if (baisse, effort) == (False, False) else None,
        "neuf": None if premiere is None else bail < plus_cinq_ans(premiere),
        "hors_qpv": None if lieu is None else qpv == "",
        "hors_quartier": None if lieu is None else ligne.QUARTIER not in lieu["2015"].split(","),
    }


def etat(ligne, le: date) -> str:
    if ligne.ETAT in A_PART:
        return ligne.ETAT
    offres = [jour(ligne[f"DATE_PROPOSITION_{rang}"]) for rang in (1, 2, 3)]
    if (bail := jour(ligne.DATE_BAIL)) and bail <= le:
        return "reloge"
    if any(offre and offre <= le for offre in offres):
        return "proposition"
    enquete = jour(ligne.DATE_ENQUETE)
    return "enquete" if enquete and enquete <= le else "identifie"


def revue(menages: pd.DataFrame, lieux, rpls, le: date) -> dict:
    """{menages, etats, criteres: {critere: (numerateur, denominateur, non_renseignes)}} of these rows."""
    etats = [etat(ligne, le) for _, ligne in menages.iterrows()]
    juges = [verdicts(ligne, lieux, rpls) for (_, ligne), e in zip(menages.iterrows(), etats) if e == "reloge"]
    criteres = {}
    for critere in ("reste_a_charge", "neuf", "hors_qpv", "hors_quartier"):
        lus = [verdict[critere] for verdict in juges]
        criteres[critere] = (lus.count(True), len(lus) - lus.count(None), lus.count(None))
    return {"menages": len(menages), "etats": {e: etats.count(e) for e in ETATS}, "criteres": criteres}
