"""Attainments worked out again in pandas from the files themselves, written from the rules alone (regles §0 to §2).

Nothing of the product is imported here. Cells are read as text; an unknown stays None; numbers are Decimal.
"""

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

INCONNUS = {"", "NA", "NC", "Z", "ND"}
CIBLES = {"q1_ou_reloges_hors_qpv": (1, 4), "q2_q4_en_qpv": (1, 2), "prioritaires_reservataire": (1, 4)}
SOUMIS = ("q1_ou_reloges_hors_qpv", "q2_q4_en_qpv")


def table(*chemins: Path) -> pd.DataFrame:
    lues = []
    for chemin in chemins:
        for encodage in ("utf-8-sig", "cp1252"):
            try:
                lues.append(pd.read_csv(chemin, sep=";", dtype=str, keep_default_na=False, encoding=encodage))
                break
            except UnicodeDecodeError:
                continue
    cadre = pd.concat(lues, ignore_index=True).fillna("")
    return cadre.apply(lambda colonne: colonne.str.strip())


def texte(brut):
    return None if brut in INCONNUS else brut


def nombre(brut):
    brut = texte(brut)
    return None if brut is None else Decimal(brut.replace("\u202f", "").replace(",", "."))


def jour(brut):
    brut = texte(brut)
    return None if brut is None else datetime.strptime(brut[:10].replace("/", "-"), "%d-%m-%Y").date()


def un(brut):
    """A 0/1 flag: True, False or None."""
    brut = texte(brut)
    return None if brut is None else brut == "1"


class Lieux:
    """Where a residence stands at a date, from points, declared codes and flags."""

    def __init__(self, dossier: Path, perimetres: dict[tuple[str, str], Path]):
        self.contours = {}
        for cle, chemin in perimetres.items():
            lus = gpd.read_file(chemin).to_crs(4326)
            self.contours[cle] = dict(zip(lus.code, shapely.make_valid(lus.geometry.values)))
        residences = table(*dossier.glob("residences_*.csv"))
        points = gpd.GeoSeries.from_xy(
            pd.to_numeric(residences.X, errors="coerce"), pd.to_numeric(residences.Y, errors="coerce"), crs=2154
        ).to_crs(4326)
        self.residences = {
            (r.SIREN_BAILLEUR.zfill(9), r.CODE_RESIDENCE): (r.DEPCOM, None if math.isnan(p.x) else p, texte(r.QPV))
            for r, p in zip(residences.itertuples(), points)
        }
        passage = table(*dossier.glob("passage_*.csv"))
        self.residence_de = {(p.SIREN_BAILLEUR.zfill(9), p.IDENT_INT): p.CODE_RESIDENCE for p in passage.itertuples()}
        self.drapeaux = defaultdict(lambda: [0, 0])

    def noter_drapeau(self, siren, ident, qpv):
        residence = self.residence_de.get((siren, ident))
        if residence and qpv in ("1", "2"):
            self.drapeaux[siren, residence][qpv == "2"] += 1

    def dedans(self, residence, nature, version) -> list[str]:
        point = self.residences[residence][1]
        return [code for code, g in self.contours[nature, version].items() if point is not None and g.intersects(point)]

    def en_qpv(self, residence, le: date):
        """(in a QPV or ex-ZUS, code of the single QPV or None) at a date."""
        version = "2024" if le >= date(2024, 1, 1) else "2015"
        _, point, declare = self.residences[residence]
        if point is None:
            if declare in self.contours["qpv", version]:
                return True, declare
            oui, non = self.drapeaux[residence]
            return oui > non, None
        codes = self.dedans(residence, "qpv", version)
        zus = le <= date(2020, 12, 31) and bool(self.dedans(residence, "zus", "1996"))
        return bool(codes) or zus, codes[0] if len(codes) == 1 else None


class Verite:
    def __init__(self, dossier: Path, perimetres: dict, communes: set[str], au: date):
        self.au = au
        self.lieux = Lieux(dossier, perimetres)
        self.communes = communes
        self.seuils = {int(s.ANNEE): [nombre(s[k]) for k in ("SEUIL_Q1", "SEUIL_Q2", "SEUIL_Q3")] for _, s in
                       table(dossier / "seuils.csv").iterrows()}  # fmt: skip
        self.logements = defaultdict(dict)
        for chemin in sorted(dossier.glob("rpls_*.csv")):
            millesime = int(chemin.stem.rsplit("_", 1)[1])
            for r in table(chemin).itertuples():
                siren = r.SIRET.zfill(14)[:9]
                self.logements[siren, r.IDENT_REP][millesime] = (r.IDENT_INT, r.DEPCOM, r.QPV, r.FINAN)
        for (siren, _), par_annee in self.logements.items():
            ident, _, qpv, _ = par_annee[max(par_annee)]
            self.lieux.noter_drapeau(siren, ident, qpv)
        radiations = [table(chemin) for chemin in sorted(dossier.glob("sne_radiations_*.csv"))]
        lignes = pd.concat(radiations, ignore_index=True).fillna("").drop_duplicates()
        self.evenements = [e for ligne in lignes.to_dict("records") if (e := self.evenement(ligne))]

    def logement(self, siren, numero, le: date):
        par_annee = self.logements.get((siren, numero))
        if not par_annee:
            return None
        avant = [m for m in par_annee if m <= le.year]
        return par_annee[max(avant) if avant else min(par_annee)]

    def place(self, ligne, siren, le: date):
        """(commune, in QPV, QPV, out of the base) of the dwelling at the day of an event."""
        logement = self.logement(siren, ligne["NUMERORPLS"], le)
        flags = True if ligne["NB_QPV"] == "1" else False if ligne["NB_HQPV"] == "1" else None
        if logement is None:
            return texte(ligne["COMMUNE_LOGEMENT_ATTRIB"]), flags, None, False
        ident, commune, qpv, finan = logement
        intermediaire = finan in ("16", "17")
        residence = self.lieux.residence_de.get((siren, ident))
        if residence is None:
            return commune, {"1": True, "2": False}.get(qpv, flags), None, intermediaire
        ou = self.lieux.en_qpv((siren, residence), le)
        return self.lieux.residences[siren, residence][0], *ou, intermediaire

    def issue(self, ligne, decision):
        """(issue, date of the lease)."""
        signature, radiation = jour(ligne["DATE_SIGNATURE_BAIL"]), jour(ligne["DATE_RADIATION"])
        radatt = ligne["MOTIF_RADIATION"] == "RADATT"
        issue = texte(ligne.get("ISSUE_ATTRIBUTION", ""))
        if issue is None:
            if signature or (radatt and radiation):
                issue = "bail_signe"
            else:
                issue = "refus" if self.au - decision > timedelta(days=60) else "en_attente"
        return issue, (signature or radiation) if issue == "bail_signe" else None

    def quartile(self, ligne, annee):
        revenu, uc = nombre(ligne["REVENU_MENSUEL_FOYER"]), nombre(ligne["UNITE_CONSO"])
        annees = [a for a in self.seuils if a <= annee and self.seuils[a][0] is not None]
        if revenu is None or not uc or not annees:
            return None
        s1, s2, s3 = self.seuils[max(annees)]
        if 12 * revenu < s1 * uc:
            return 1
        if s2 is None or s3 is None:
            return 24
        return 2 if 12 * revenu < s2 * uc else 3 if 12 * revenu < s3 * uc else 4

    def evenement(self, ligne):
        decision, numero = jour(ligne["DATE_CALEOL"]), texte(ligne["NUMERORPLS"])
        if numero is None or (decision is None and ligne["MOTIF_RADIATION"] != "RADATT"):
            return None
        siren = ligne["SIREN_RADIATION"].zfill(9)
        issue, bail = self.issue(ligne, decision)
        premier = decision or bail
        commune, *_ = self.place(ligne, siren, premier)
        if commune not in self.communes:
            return None
        dalo, prioritaire = un(ligne["ATTRIBUE_DALO"]), un(ligne["NB_MENAGE_PRIORITAIRE"])
        e = {
            "bailleur": siren,
            "reservataire": (texte(ligne["TYPE_RESERVATAIRE"]) or "").lower() or None,
            "decision": decision,
            "bail": bail,
            "issue": issue,
            "quartile": self.quartile(ligne, premier.year),
            "reloge": ligne["ESTANRU"] == "1",
            "mutation": ligne["MODE_MUTATION"] == "1",
            "prioritaire": None if dalo is None and prioritaire is None else bool(dalo or prioritaire),
            "essentiel": un(ligne.get("NB_TRAVAILLEUR_ESSENTIEL", "")),
        }
        for nom, le in (("decision", decision), ("bail", bail)):
            _, e["en_" + nom], e["qpv_" + nom], e["hors_" + nom] = (
                self.place(ligne, siren, le) if le else (None, None, None, False)
            )
        return e

    def bases(self, e, au: date):
        """(objective, day, QPV, True if in the numerator, True if unknown) for each base the allocation is in."""
        q = e["quartile"]
        if e["bail"] and e["bail"] <= au and not e["hors_bail"]:
            if e["en_bail"] is False:
                yield "q1_ou_reloges_hors_qpv", e["bail"], e["qpv_bail"], q == 1 or e["reloge"], q is None
                yield "q1_hors_qpv", e["bail"], e["qpv_bail"], q == 1, q is None
            yield "mutations", e["bail"], e["qpv_bail"], e["mutation"], False
            yield "travailleurs_essentiels", e["bail"], e["qpv_bail"], e["essentiel"] is True, e["essentiel"] is None
        if e["decision"] and e["decision"] <= au and e["issue"] != "annulee" and not e["hors_decision"]:
            if e["en_decision"] is True:
                yield "q2_q4_en_qpv", e["decision"], e["qpv_decision"], q in (2, 3, 4, 24), q is None
            if e["reservataire"]:
                p = e["prioritaire"]
                yield "prioritaires_reservataire", e["decision"], e["qpv_decision"], p is True, p is None

    def cellules(self, dimensions: tuple[str, ...], au: date) -> dict:
        """(objective, year, values of the dimensions) → [numerator, denominator, unknown, days of the base]."""
        sorties: dict = {}
        for e in self.evenements:
            for objectif, le, qpv, vrai, inconnu in self.bases(e, au):
                valeurs = {"bailleur": e["bailleur"], "qpv": qpv, "reservataire": e["reservataire"]}
                cle = tuple(valeurs[d] for d in dimensions)
                etat = (e["reservataire"] or "").startswith("etat_")
                if None in cle or (
                    objectif == "prioritaires_reservataire" and etat and "reservataire" not in dimensions
                ):
                    continue
                c = sorties.setdefault((objectif, le.year, cle), [0, 0, 0, []])
                c[0] += vrai
                c[1] += 1
                c[2] += inconnu
                c[3].append((le.month, le.day))
        return sorties

    def attendues(self, dimensions: tuple[str, ...], au: date) -> dict:
        """(objective, year, cell) → what the API must say."""
        cellules = self.cellules(dimensions, au)
        sorties = {}
        for (objectif, annee, cle), (n, d, inconnus, _) in cellules.items():
            cible = Fraction(*CIBLES[objectif]) if objectif in CIBLES else None
            if objectif in SOUMIS and annee not in self.seuils:
                cible = None
            if "reservataire" in dimensions and objectif == "prioritaires_reservataire":
                cible = None if cle[dimensions.index("reservataire")].startswith("etat_") else cible
            finale = d if annee < au.year else self.base_finale(cellules, objectif, annee, cle, au)
            sorties[objectif, annee, cle] = {
                "numerateur": n,
                "denominateur": d,
                "inconnus": inconnus,
                "cible": None if cible is None else float(cible),
                "taux": round(n / d, 4),
                "projection": round(n / d, 4),
                "atteint": None if cible is None or d < 20 else Fraction(n, d) >= cible,
                "reste_a_faire": None if cible is None else max(0, math.ceil(cible * finale) - n),
            }
        return sorties

    def base_finale(self, cellules, objectif, annee, cle, au: date) -> int:
        """Base expected at the end of a year in progress."""
        d = cellules[objectif, annee, cle][1]
        parts = []
        for a in (annee - 1, annee - 2, annee - 3):
            passee = cellules.get((objectif, a, cle))
            if passee:
                parts.append(Fraction(sum(j <= (au.month, au.day) for j in passee[3]), passee[1]))
        part = sum(parts) / 3 if len(parts) == 3 else Fraction(0)
        if not part:
            jours = (date(annee, 12, 31) - date(annee, 1, 1)).days + 1
            part = Fraction((au - date(annee, 1, 1)).days + 1, jours)
        return round(d / part)
