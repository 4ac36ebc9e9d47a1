"""An independent reading of the rules: from the deposited files alone to the figures that the API must give.

Written from regles.md and indicateurs.csv only; imports nothing of the platform. Slow and plain on purpose: one place
at a time, exact fractions, no shared code with what it checks.
"""

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import pandas as pd

INCONNUS = {"", "NA", "NC", "Z", "ND"}
K = 11


def lire(chemin: Path) -> pd.DataFrame:
    """Cells as text, trimmed; unknown cells None."""
    brut = chemin.read_bytes()
    if chemin.suffix == ".gz":
        import gzip

        brut = gzip.decompress(brut)
    try:
        texte = brut.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = brut.decode("latin-1")
    import io

    table = pd.read_csv(io.StringIO(texte), sep=";", dtype=str, keep_default_na=False)
    return objets({c: [None if v.strip() in INCONNUS else v.strip() for v in table[c]] for c in table})


def objets(colonnes: dict) -> pd.DataFrame:
    """A frame whose unknown cells stay None."""
    return pd.DataFrame({nom: pd.Series(list(valeurs), dtype=object) for nom, valeurs in colonnes.items()})


def nombre(v):
    if not connu(v):
        return None
    return Decimal(v.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))


def nombres(table, *noms):
    for nom in noms:
        table[nom] = pd.Series([nombre(v) for v in table[nom]], dtype=object, index=table.index)


def date_de(v):
    if not connu(v):
        return None
    v = v.split(" ")[0]
    for forme in ("%d-%m-%Y", "%d/%m/%Y", "%m/%Y", "%Y-%m-%d"):
        try:
            return pd.to_datetime(v, format=forme).date()
        except ValueError:
            continue
    raise ValueError(v)


def annee_de(v):
    return None if not connu(v) or v in ("9999", "999") else int(v)


@dataclass
class Donnees:
    residences: pd.DataFrame
    logements: pd.DataFrame
    menages: pd.DataFrame
    gestion: pd.DataFrame
    radiations: pd.DataFrame
    stock: pd.DataFrame
    seuils: pd.DataFrame
    relogements: pd.DataFrame
    annees: list


def charger(dossier: Path, qpv_2015: Path, qpv_2024: Path) -> Donnees:
    noms = json.loads((dossier / "fichiers.json").read_text())

    def tous(genre):
        return pd.concat([lire(dossier / nom) for _, nom in noms[genre]], ignore_index=True)

    res = tous("residences")
    res["siren"] = res.SIREN_BAILLEUR.str.zfill(9)
    res["id"] = res.siren + ":" + res.CODE_RESIDENCE
    points = gpd.GeoDataFrame(
        res, geometry=gpd.points_from_xy(res.X.astype(float), res.Y.astype(float)), crs="EPSG:2154"
    )
    for version, fichier in (("2015", qpv_2015), ("2024", qpv_2024)):
        quartiers = gpd.read_file(fichier).to_crs(2154)
        quartiers["geometry"] = quartiers.geometry.make_valid()
        jointure = gpd.sjoin(points, quartiers[["code", "geometry"]], how="left", predicate="intersects")
        jointure = jointure[~jointure.index.duplicated()]
        res["qpv_" + version] = pd.Series([c if connu(c) else None for c in jointure["code"]], dtype=object)

    log = tous("rpls")
    log["siren"] = log.SIRET.str.zfill(14).str[:9]
    passage = tous("passage")
    passage["siren"] = passage.SIREN_BAILLEUR.str.zfill(9)
    log = log.merge(passage[["siren", "IDENT_INT", "CODE_RESIDENCE"]], on=["siren", "IDENT_INT"], how="left")
    log["id"] = log.siren + ":" + log.CODE_RESIDENCE
    nombres(log, "SURFHAB", "NBPIECE", "LOYERPRINC", "LOYERMAXAPL")
    for c in ("CONSTRUCT", "LOCAT"):
        log[c] = pd.Series([annee_de(v) for v in log[c]], dtype=object, index=log.index)
    for c in ("BAIL", "REMLOCDATE"):
        log[c] = pd.Series([date_de(v) for v in log[c]], dtype=object, index=log.index)

    men = tous("ops")
    men["siren"] = men.SIREN_BAILLEUR.str.zfill(9)
    men["ANNEE"] = men.ANNEE.astype(int)
    nombres(
        men,
        *[c for c in men.columns if c.startswith("NB_")],
        "PCT_PLAFOND_PLUS",
        "AGE_TITULAIRE",
        "APL",
        "MINIMA_SOCIAUX",
        "COMPOSITION",
        "REPONSE",
    )
    men["DATE_ENTREE"] = pd.Series([date_de(v) for v in men["DATE_ENTREE"]], dtype=object, index=men.index)
    men = men.merge(passage[["siren", "IDENT_INT", "CODE_RESIDENCE"]], on=["siren", "IDENT_INT"], how="left")
    men["id"] = men.siren + ":" + men.CODE_RESIDENCE
    men = men.merge(log[["siren", "IDENT_INT", "SURFHAB", "NBPIECE"]], on=["siren", "IDENT_INT"], how="left")

    ges = tous("gestion")
    ges["siren"] = ges.SIREN_BAILLEUR.str.zfill(9)
    ges["id"] = ges.siren + ":" + ges.CODE_RESIDENCE
    ges["ANNEE"] = ges.ANNEE.astype(int)
    nombres(ges, *[c for c in ges.columns if c.startswith("NB_")])

    rad = tous("sne_radiations").drop_duplicates().reset_index(drop=True)
    for c in ("DATE_CALEOL", "DATE_SIGNATURE_BAIL", "DATE_RADIATION"):
        rad[c] = pd.Series([date_de(v) for v in rad[c]], dtype=object, index=rad.index)
    nombres(rad, "UNITE_CONSO", "REVENU_MENSUEL_FOYER")
    sto = tous("sne_stock").drop_duplicates()
    seuils = tous("seuils")
    nombres(seuils, "SEUIL_Q1", "SEUIL_Q2", "SEUIL_Q3")
    seuils["ANNEE"] = seuils.ANNEE.astype(int)

    rel = pd.DataFrame()
    if noms.get("relogements"):
        rel = tous("relogements")
        for c in [c for c in rel.columns if c.startswith("DATE_")]:
            rel[c] = pd.Series([date_de(v) for v in rel[c]], dtype=object, index=rel.index)
        nombres(
            rel,
            "RESSOURCES_MENSUELLES",
            "LOYER_AVANT",
            "CHARGES_AVANT",
            "APL_AVANT",
            "LOYER_APRES",
            "CHARGES_APRES",
            "APL_APRES",
            "MINORATION",
        )
    annees = sorted(set(ges.ANNEE))
    return Donnees(res, log, men, ges, rad, sto, seuils, rel, annees)


def version_le(jour) -> str:
    return "2015" if (jour.year if hasattr(jour, "year") else jour) < 2024 else "2024"


# --- indicators -----------------------------------------------------------------------------------------------------


def connu(*valeurs):
    return all(v is not None and not (isinstance(v, float) and math.isnan(v)) for v in valeurs)


def categorie(m):
    if not connu(m.NB_OCCUPANTS):
        return None
    n = int(m.NB_OCCUPANTS)
    seul = m.COMPOSITION == 4
    if n <= 1:
        return 1
    if n == 2:
        return 3 if seul else 2
    if n == 3:
        return 4 if seul else 3
    return min(6, n)


def ops_de(m) -> dict:
    """{code: (n, d)} of one respondent."""
    r = {}

    def taux(code, vrai, *requis):
        if connu(*requis):
            r[code] = (int(bool(vrai())), 1)

    p = m.PCT_PLAFOND_PLUS
    for seuil in (20, 40, 60):
        taux(f"menages_moins_{seuil}_pct_plus", lambda s=seuil: p < s, p)
    for seuil in (60, 80):
        taux(f"menages_plus_{seuil}_pct_plus", lambda s=seuil: p > s, p)
    taux("sous_plafond_plai", lambda: p <= (60 if categorie(m) in (2, 3) else 55), p)
    taux("beneficiaires_apl", lambda: m.APL == 1, m.APL)
    taux("minima_sociaux", lambda: m.MINIMA_SOCIAUX == 1, m.MINIMA_SOCIAUX)
    taux("personnes_seules", lambda: m.COMPOSITION == 1, m.COMPOSITION)
    taux("monoparentales", lambda: m.COMPOSITION == 4, m.COMPOSITION)
    taux(
        "monoparentales_3_enfants",
        lambda: m.COMPOSITION == 4 and connu(m.NB_ENFANTS) and m.NB_ENFANTS >= 3,
        m.COMPOSITION,
    )
    taux("familles_3_enfants", lambda: m.NB_ENFANTS >= 3, m.NB_ENFANTS)
    taux("titulaires_65_ans", lambda: m.AGE_TITULAIRE >= 65, m.AGE_TITULAIRE)
    taux("titulaires_moins_25_ans", lambda: m.AGE_TITULAIRE < 25, m.AGE_TITULAIRE)
    for code, *champs in (
        ("emploi_stable", m.NB_EMPLOI_STABLE),
        ("emploi_precaire", m.NB_EMPLOI_PRECAIRE),
        ("sans_emploi", m.NB_SANS_EMPLOI),
        ("retraites", m.NB_RETRAITES),
        ("autres_inactifs", m.NB_AUTRES_INACTIFS),
        ("sans_emploi_ou_inactifs", m.NB_SANS_EMPLOI, m.NB_AUTRES_INACTIFS),
    ):
        if connu(m.NB_MAJEURS, *champs):
            r[code] = (int(sum(champs)), int(m.NB_MAJEURS))
    if connu(m.NB_OCCUPANTS, m.NB_MAJEURS):
        r["mineurs"] = (int(m.NB_OCCUPANTS - m.NB_MAJEURS), int(m.NB_OCCUPANTS))
    if connu(m.NB_OCCUPANTS):
        r["occupants_moyen"] = (int(m.NB_OCCUPANTS), 1)
    if connu(m.NB_OCCUPANTS, m.SURFHAB):
        n = int(m.NB_OCCUPANTS)
        r["suroccupation"] = (int((9 if n == 1 else min(70, 16 + 9 * (n - 2))) > m.SURFHAB), 1)
    if connu(m.NB_OCCUPANTS, m.NBPIECE):
        r["sous_occupation"] = (int(m.NBPIECE > m.NB_OCCUPANTS + 1), 1)
    return r


def rpls_de(logement, millesime) -> dict:
    r = {}
    mode = logement.MODE
    if mode in ("1", "2"):
        vide = False
        if mode == "2" and connu(logement.REMLOCDATE):
            vide = (pd.Timestamp(logement.REMLOCDATE) + pd.DateOffset(months=3)).date() < pd.Timestamp(
                millesime, 1, 1
            ).date()
        r["vacance_3_mois_rpls"] = (int(vide), 1)
        if connu(logement.LOCAT) and millesime - 1 > logement.LOCAT:
            r["mobilite_rpls"] = (int(mode == "1" and connu(logement.BAIL) and logement.BAIL.year == millesime - 1), 1)
    if connu(logement.CONSTRUCT):
        r["logements_avant_1975"] = (int(logement.CONSTRUCT < 1975), 1)
    if mode == "1" and connu(logement.LOYERPRINC, logement.SURFHAB):
        r["loyer_m2"] = (logement.LOYERPRINC.quantize(Decimal("0.01")), logement.SURFHAB)
    if mode == "1" and connu(logement.LOYERPRINC, logement.LOYERMAXAPL):
        r["loyer_sous_plafond_apl"] = (int(logement.LOYERPRINC <= logement.LOYERMAXAPL), 1)
    if connu(logement.NBPIECE):
        r["petits_logements"] = (int(logement.NBPIECE <= 2), 1)
        r["grands_logements"] = (int(logement.NBPIECE >= 5), 1)
    if connu(logement.FINAN):
        r["logements_plai"] = (int(logement.FINAN in ("10", "11")), 1)
    return r


def gestion_de(g) -> dict:
    r = {}
    if connu(g.NB_ENTREES, g.NB_LOGEMENTS):
        r["rotation"] = (int(g.NB_ENTREES - (g.NB_PREMIERES_LOCATIONS or 0)), int(g.NB_LOGEMENTS))
    for code, haut, bas in (
        ("vacance_3_mois", g.NB_VACANTS_3MOIS, g.NB_LOGEMENTS),
        ("impayes_3_mois", g.NB_IMPAYES_3MOIS, g.NB_OCCUPES),
        ("demandes_mutation", g.NB_DEMANDES_MUTATION, g.NB_OCCUPES),
        ("refus_propositions", g.NB_REFUS, g.NB_PROPOSITIONS),
    ):
        if connu(haut, bas):
            r[code] = (int(haut), int(bas))
    return r


BASE = {
    **dict.fromkeys(("rotation", "vacance_3_mois"), "gestion_logements"),
    **dict.fromkeys(("impayes_3_mois", "demandes_mutation"), "gestion_occupes"),
    "refus_propositions": "gestion_propositions",
    **dict.fromkeys(
        (
            "vacance_3_mois_rpls",
            "mobilite_rpls",
            "logements_avant_1975",
            "loyer_m2",
            "loyer_sous_plafond_apl",
            "petits_logements",
            "grands_logements",
            "logements_plai",
        ),
        "logements",
    ),
    "taux_reponse": "enquetes",
    "pression": "demandes",
}
MASQUABLES = {"repondants", "enquetes", "gestion_occupes", "demandes"}


def indicateurs(d: Donnees, epci: str) -> dict:
    """{(niveau, territoire, version, millesime, population, code): [n, d, base]} with bases by the indicator's unit."""
    res = d.residences.set_index("id")
    comptes: dict = {}

    def places(ident, commune, millesime):
        version = version_le(millesime)
        ligne = res.loc[ident] if ident in res.index else None
        yield "epci", epci, ""
        yield "commune", commune if ligne is None else ligne.DEPCOM, ""
        if ligne is not None:
            yield "residence", ident, ""
            q = ligne["qpv_" + version]
            if q is None:
                yield "hors_qpv", epci, version
            else:
                yield "qpv", q, version

    bases: dict = {}

    def ajouter(ident, commune, millesime, population, valeurs, base):
        for niveau, place, version in places(ident, commune, millesime):
            if niveau == "hors_qpv":
                version = "*"
            cle = (niveau, place, version, millesime, population)
            b = bases.setdefault(cle, {})
            for nom, v in base.items():
                b[nom] = b.get(nom, 0) + v
            for code, (n, den) in valeurs.items():
                c = comptes.setdefault(cle + (code,), [0, 0])
                c[0] += n
                c[1] += den

    for m in d.menages.itertuples():
        commune = res.loc[m.id].DEPCOM if m.id in res.index else None
        ajouter(m.id, commune, m.ANNEE, "ensemble", {"taux_reponse": (int(m.REPONSE == 1), 1)}, {"enquetes": 1})
        if m.REPONSE != 1:
            continue
        valeurs = ops_de(m)
        recent = connu(m.DATE_ENTREE) and m.DATE_ENTREE.year >= m.ANNEE - 2
        if recent:
            ajouter(m.id, commune, m.ANNEE, "recents", valeurs, {"repondants": 1})
        if connu(m.DATE_ENTREE):
            valeurs = valeurs | {"emmenages_recents": (int(recent), 1)}
        ajouter(m.id, commune, m.ANNEE, "ensemble", valeurs, {"repondants": 1})
    millesime = d.annees[-1]
    for un in d.logements.itertuples():
        ajouter(un.id, un.DEPCOM, millesime, "ensemble", rpls_de(un, millesime), {"logements": 1})
    for g in d.gestion.itertuples():
        ajouter(
            g.id,
            res.loc[g.id].DEPCOM,
            g.ANNEE,
            "ensemble",
            gestion_de(g),
            {
                "gestion_logements": int(g.NB_LOGEMENTS or 0),
                "gestion_occupes": int(g.NB_OCCUPES or 0),
                "gestion_propositions": int(g.NB_PROPOSITIONS or 0),
            },
        )
    return {cle: [n, den, bases[cle[:5]].get(BASE.get(cle[5], "repondants"), 0)] for cle, (n, den) in comptes.items()}


def masque(code: str, base: int) -> bool:
    return BASE.get(code, "repondants") in MASQUABLES and 1 <= base < K


# --- indices --------------------------------------------------------------------------------------------------------

PRECARITE = [
    ("menages_moins_40_pct_plus", "ensemble"),
    ("beneficiaires_apl", "ensemble"),
    ("sans_emploi_ou_inactifs", "ensemble"),
    ("menages_moins_40_pct_plus", "recents"),
]
# Refusals count where there are proposals; these extracts hold no qualitative note.
FRAGILITE = [(code, "ensemble") for code in ("vacance_3_mois", "rotation", "suroccupation", "refus_propositions")]
QUATRE = [(code, "ensemble") for code in ("impayes_3_mois", "beneficiaires_apl", "sous_plafond_plai", "rotation")]
SOCIALE = ("menages_moins_40_pct_plus", "autres_inactifs", "monoparentales_3_enfants")
OFFRE = [(code, "ensemble") for code in ("vacance_3_mois", "rotation", "logements_avant_1975")]
METHODES = (
    "repere17_precarite",
    "repere17_fragilite",
    "limoges",
    "reims",
    "valenciennes",
    "urhlm_hdf",
    "pau_specialisation",
    "cget_typologie",
)
CROISEES = {"limoges": ("sociale", "sociale_recents", "offre"), "cget_typologie": ("precarite", "fragilite")}
GESTION = {code for code, base in BASE.items() if base.startswith("gestion")}


@dataclass
class Attendu:
    """`axes`: value of each axis of a crossed method, None for none."""

    valeur: Fraction | None
    rang: int | None
    repondants: int
    axes: dict


def rang_de(valeur, *bornes) -> int | None:
    return None if valeur is None else sum(valeur >= Fraction(borne) for borne in bornes)


class Millesime:
    """The counts of one millésime and what the rules make of a place."""

    def __init__(self, ind: dict, epci: str, millesime: int, familles: dict):
        self.epci, self.familles = epci, familles
        self.cellules = {(c[0], c[1], c[4], c[5]): v for c, v in ind.items() if c[3] == millesime}
        self.places = {(niveau, place) for niveau, place, _, _ in self.cellules}

    def repondants(self, niveau, place) -> int:
        return self.cellules.get((niveau, place, "ensemble", "occupants_moyen"), [0, 0, 0])[2]

    def taux(self, niveau, place, code, population) -> Fraction | None:
        """None without rate, or with fewer than eleven in the component's own population."""
        n, d, base = self.cellules.get((niveau, place, population, code), (0, 0, 0))
        effectif = base
        if code in GESTION:  # the dwellings of the rent roll
            effectif = self.cellules.get((niveau, place, "ensemble", "rotation"), [0, 0, 0])[2]
        return Fraction(n) / Fraction(d) if d and effectif >= K else None

    def reference(self, code, population, famille=None) -> Fraction | None:
        if famille is None:
            sommes = self.cellules.get(("epci", self.epci, population, code), (0, 0, 0))[:2]
        else:
            siennes = [
                cellule
                for (niveau, place, p, c), cellule in self.cellules.items()
                if (niveau, p, c) == ("residence", population, code) and self.familles.get(place) == famille
            ]
            sommes = sum(c[0] for c in siennes), sum(c[1] for c in siennes)
        return Fraction(sommes[0]) / Fraction(sommes[1]) if sommes[1] and sommes[0] else None

    def moyenne(self, lieu, composantes, base=1, famille=None) -> Fraction | None:
        """Mean of the ratios to the reference, of the components that are there."""
        rapports = []
        for code, population in composantes:
            taux, reference = self.taux(*lieu, code, population), self._reference(code, population, famille)
            if taux is not None and reference is not None:
                rapports.append(taux / reference)
        return base * sum(rapports) / len(rapports) if rapports else None

    def _reference(self, *cle):
        memoire = self.__dict__.setdefault("memoire", {})
        if cle not in memoire:
            memoire[cle] = self.reference(*cle)
        return memoire[cle]

    def attendu(self, methode: str, lieu: tuple) -> Attendu:
        repondants = self.repondants(*lieu)
        if repondants < K:
            return Attendu(None, None, repondants, dict.fromkeys(CROISEES.get(methode, ())))
        valeur, rang, axes = getattr(self, methode)(lieu)
        return Attendu(valeur, rang, repondants, axes)

    def repere17_precarite(self, lieu):
        valeur = self.moyenne(lieu, PRECARITE, 100)
        return valeur, rang_de(valeur, 90, 110, 130), {}

    def repere17_fragilite(self, lieu):
        valeur = self.moyenne(lieu, FRAGILITE, 100)
        return valeur, rang_de(valeur, 90, 110, 130), {}

    def valenciennes(self, lieu):
        valeur = self.moyenne(lieu, QUATRE)
        return valeur, rang_de(valeur, "0.90", "1.10", "1.30"), {}

    def reims(self, lieu):
        valeur = self.taux(*lieu, "menages_moins_40_pct_plus", "ensemble")
        return valeur, rang_de(valeur, "0.35", "0.60"), {}

    def pau_specialisation(self, lieu):
        """Share of the poorest that live here, over the share of the tenants that do."""
        if self.taux(*lieu, "menages_moins_20_pct_plus", "ensemble") is None:
            return None, None, {}
        ici = self.cellules[*lieu, "ensemble", "menages_moins_20_pct_plus"]
        tous = self.cellules["epci", self.epci, "ensemble", "menages_moins_20_pct_plus"]
        if not tous[0]:
            return None, None, {}
        valeur = Fraction(ici[0], tous[0]) / Fraction(ici[1], tous[1])
        return valeur, rang_de(valeur, "0.90", "1.10", "1.30"), {}

    def urhlm_hdf(self, lieu):
        niveau, place = lieu
        famille = self.familles.get(place) if niveau == "residence" else None
        valeur = self.moyenne(lieu, QUATRE, famille=famille) if famille else None
        return valeur, rang_de(valeur, "0.85", "1.05", "1.30"), {}

    def limoges(self, lieu):
        sociale = self.moyenne(lieu, [(code, "ensemble") for code in SOCIALE])
        recents = self.moyenne(lieu, [(code, "recents") for code in SOCIALE])
        offre = self.moyenne(lieu, OFFRE)
        axes = {"sociale": sociale, "sociale_recents": recents, "offre": offre}
        if sociale is None or offre is None:
            return None, None, axes
        rang = rang_de(sociale, "0.90", "1.10") + rang_de(offre, "0.90", "1.10")
        if recents is not None and recents - sociale >= Fraction(1, 10):
            rang = min(4, rang + 1)
        return None, rang, axes

    def cget_typologie(self, lieu):
        precarite, fragilite = self.moyenne(lieu, PRECARITE, 100), self.moyenne(lieu, FRAGILITE, 100)
        axes = {"precarite": precarite, "fragilite": fragilite}
        rang = rang_de(precarite, 90, 110)
        if rang == 2:
            rang = None if fragilite is None else 3 if fragilite >= 130 else 2
        return None, rang, axes


def indices(ind: dict, epci: str, millesime: int, d: Donnees) -> dict:
    """{methode: {(niveau, territoire): Attendu}} for the millésime of the survey."""
    lu = Millesime(ind, epci, millesime, dict(zip(d.residences.id, d.residences.FAMILLE)))
    return {methode: {lieu: lu.attendu(methode, lieu) for lieu in lu.places} for methode in METHODES}


# --- attainments ----------------------------------------------------------------------------------------------------


def attributions(d: Donnees) -> pd.DataFrame:
    rad = d.radiations
    att = rad[rad.DATE_CALEOL.notna() & rad.NUMERORPLS.notna()].copy()
    att["siren"] = att.SIREN_RADIATION.str.zfill(9)
    log = d.logements.set_index(["siren", "IDENT_REP"])
    res = d.residences.set_index("id")
    lignes = []
    seuils = d.seuils.set_index("ANNEE")
    for a in att.itertuples():
        cle = (a.siren, a.NUMERORPLS)
        ident = log.loc[cle, "id"] if cle in log.index else None
        bail = a.DATE_SIGNATURE_BAIL if a.ISSUE_ATTRIBUTION == "bail_signe" else None
        ligne = {
            "siren": a.siren,
            "decision": a.DATE_CALEOL,
            "bail": bail,
            "issue": a.ISSUE_ATTRIBUTION,
            "reservataire": a.TYPE_RESERVATAIRE,
            "dalo": a.ATTRIBUE_DALO == "1",
            "prioritaire": a.ATTRIBUE_DALO == "1" or a.NB_MENAGE_PRIORITAIRE == "1",
            "reloge": a.ESTANRU == "1",
            "mutation": a.MODE_MUTATION == "1",
        }
        for nom, jour in (("decision", a.DATE_CALEOL), ("bail", bail)):
            if jour is None:
                ligne["en_" + nom] = ligne["qpv_" + nom] = None
            elif ident is not None:
                q = res.loc[ident, "qpv_" + version_le(jour)]
                ligne["en_" + nom], ligne["qpv_" + nom] = q is not None, q
            else:
                ligne["qpv_" + nom] = None
                ligne["en_" + nom] = True if a.NB_QPV == "1" else False if a.NB_HQPV == "1" else None
        s = seuils.loc[a.DATE_CALEOL.year]
        if connu(a.REVENU_MENSUEL_FOYER, a.UNITE_CONSO) and a.UNITE_CONSO > 0:
            r = 12 * a.REVENU_MENSUEL_FOYER
            ligne["quartile"] = (
                1
                if r < s.SEUIL_Q1 * a.UNITE_CONSO
                else 2
                if r < s.SEUIL_Q2 * a.UNITE_CONSO
                else 3
                if r < s.SEUIL_Q3 * a.UNITE_CONSO
                else 4
            )
        else:
            ligne["quartile"] = None
        lignes.append(ligne)
    return objets({cle: [ligne[cle] for ligne in lignes] for cle in lignes[0]})


def atteintes(att: pd.DataFrame, axe: str, au=None) -> dict:
    """{(objectif, annee, cell): (n, d, inconnus)}; the cell is a SIREN, a QPV code, a réservataire, or None."""
    sorties: dict = {}

    def compter(objectif, annee, cellule, vrai, inconnu):
        c = sorties.setdefault((objectif, annee, cellule), [0, 0, 0])
        c[0] += vrai
        c[1] += 1
        c[2] += inconnu

    for a in att.itertuples():

        def cellules(quand, pas_etat=False, a=a):
            if axe == "total":
                if not (pas_etat and a.reservataire.startswith("etat_")):
                    yield None
            elif axe == "bailleur":
                if not (pas_etat and a.reservataire.startswith("etat_")):
                    yield a.siren
            elif axe == "qpv":
                q = getattr(a, "qpv_" + quand)
                if q is not None and not (pas_etat and a.reservataire.startswith("etat_")):
                    yield q
            elif a.reservataire is not None:
                yield a.reservataire

        inconnu = a.quartile is None or (isinstance(a.quartile, float) and math.isnan(a.quartile))
        q1 = not inconnu and a.quartile == 1
        if a.bail is not None and (au is None or a.bail <= au):
            for c in cellules("bail"):
                if a.en_bail is False:
                    compter("q1_ou_reloges_hors_qpv", a.bail.year, c, q1 or a.reloge, inconnu)
                    compter("q1_hors_qpv", a.bail.year, c, q1, inconnu)
                compter("mutations", a.bail.year, c, a.mutation, False)
        if a.issue != "annulee" and (au is None or a.decision <= au):
            if a.en_decision is True:
                for c in cellules("decision"):
                    compter("q2_q4_en_qpv", a.decision.year, c, not inconnu and not q1, inconnu)
            for c in cellules("decision", pas_etat=True):
                compter("prioritaires_reservataire", a.decision.year, c, a.prioritaire, False)
    return sorties


# --- rehousing ------------------------------------------------------------------------------------------------------


def revue(d: Donnees, jour, projet=None, operation=None) -> dict:
    m = d.relogements
    if projet:
        m = m[projet == m.CODE_PROJET]
    if operation:
        m = m[operation == m.OPERATION]
    log = d.logements.set_index(["siren", "IDENT_INT"])
    res = d.residences.set_index("id")
    etats = dict.fromkeys(("identifie", "enquete", "proposition", "reloge", "depart_volontaire", "temporaire"), 0)
    criteres = {c: [0, 0, 0] for c in ("reste_a_charge", "neuf", "hors_qpv", "hors_quartier")}
    minorations = [0, Decimal(0)]
    for h in m.itertuples():
        offres = [x for x in (h.DATE_PROPOSITION_1, h.DATE_PROPOSITION_2, h.DATE_PROPOSITION_3) if x is not None]
        if h.ETAT in ("depart_volontaire", "temporaire"):
            etats[h.ETAT] += 1
            continue
        if h.DATE_BAIL is not None and jour >= h.DATE_BAIL:
            etats["reloge"] += 1
        else:
            etats[
                "proposition"
                if any(o <= jour for o in offres)
                else "enquete"
                if h.DATE_ENQUETE is not None and jour >= h.DATE_ENQUETE
                else "identifie"
            ] += 1
            continue
        if connu(h.MINORATION) and h.MINORATION > 0:
            minorations[0] += 1
            minorations[1] += h.MINORATION
        baisse = effort = None
        if connu(h.LOYER_APRES, h.CHARGES_APRES, h.APL_APRES):
            apres = h.LOYER_APRES + h.CHARGES_APRES - h.APL_APRES
            if connu(h.LOYER_AVANT, h.CHARGES_AVANT, h.APL_AVANT):
                baisse = apres <= h.LOYER_AVANT + h.CHARGES_AVANT - h.APL_AVANT
            if connu(h.RESSOURCES_MENSUELLES) and h.RESSOURCES_MENSUELLES > 0:
                effort = Fraction(apres) / Fraction(h.RESSOURCES_MENSUELLES) <= Fraction(30, 100)
        verdict = {
            "reste_a_charge": True if baisse or effort else False if baisse is False and effort is False else None
        }
        if h.DATE_PREMIERE_LOCATION is not None:
            verdict["neuf"] = pd.Timestamp(h.DATE_BAIL) < pd.Timestamp(h.DATE_PREMIERE_LOCATION) + pd.DateOffset(
                years=5
            )
        else:
            verdict["neuf"] = None
        cle = ((h.SIREN_BAILLEUR_DESTINATION or "").zfill(9), h.IDENT_INT_DESTINATION)
        verdict["hors_qpv"] = verdict["hors_quartier"] = None
        if cle in log.index:
            r = res.loc[log.loc[cle, "id"]]
            verdict["hors_qpv"] = r["qpv_" + version_le(h.DATE_BAIL)] is None
            verdict["hors_quartier"] = r["qpv_2015"] != h.QUARTIER
        for critere, v in verdict.items():
            if v is None:
                criteres[critere][2] += 1
            else:
                criteres[critere][0] += bool(v)
                criteres[critere][1] += 1
    return {"menages": len(m), "etats": etats, "criteres": criteres, "minorations": minorations}
