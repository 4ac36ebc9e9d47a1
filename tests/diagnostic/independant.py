"""The indicators of a set of extracts, computed in pandas from the files alone: written from regles.md §0, §1, §4 and
indicateurs.csv, without a line of the application."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import openfisca_france
import pandas as pd

INCONNUS = {"", "NA", "NC", "ND", "Z", "9999", "999"}
NOMBRES_OPS = [
    "ANNEE",
    "REPONSE",
    "NB_OCCUPANTS",
    "NB_MAJEURS",
    "NB_ENFANTS",
    "COMPOSITION",
    "AGE_TITULAIRE",
    "PCT_PLAFOND_PLUS",
    "NB_EMPLOI_STABLE",
    "NB_EMPLOI_PRECAIRE",
    "NB_SANS_EMPLOI",
    "NB_RETRAITES",
    "NB_AUTRES_INACTIFS",
    "APL",
    "MINIMA_SOCIAUX",
]
NOMBRES_RPLS = ["QPV", "NBPIECE", "SURFHAB", "CONSTRUCT", "LOCAT", "FINAN", "MODE", "LOYERPRINC", "LOYERMAXAPL"]
NOMBRES_GESTION = [
    "ANNEE",
    "NB_LOGEMENTS",
    "NB_OCCUPES",
    "NB_VACANTS_3MOIS",
    "NB_ENTREES",
    "NB_PREMIERES_LOCATIONS",
    "NB_IMPAYES_3MOIS",
    "NB_DEMANDES_MUTATION",
    "NB_PROPOSITIONS",
    "NB_REFUS",
]


def lire(chemin: Path) -> pd.DataFrame:
    for encodage in ("utf-8-sig", "latin-1"):
        try:
            return pd.read_csv(chemin, sep=";", dtype=str, keep_default_na=False, encoding=encodage)
        except UnicodeDecodeError:
            continue
    raise ValueError(chemin)


def lire_toutes(dossier: Path, genre: str) -> pd.DataFrame:
    return pd.concat([lire(chemin) for chemin in sorted(dossier.glob(f"{genre}_*.csv"))], ignore_index=True)


def nombres(table: pd.DataFrame, colonnes: list[str]) -> None:
    for colonne in colonnes:
        texte = table[colonne].str.strip().str.replace(",", ".", regex=False)
        inconnus = INCONNUS - {"999"} if colonne not in ("CONSTRUCT", "LOCAT", "ANNEE") else INCONNUS
        table[colonne] = pd.to_numeric(texte.where(~texte.isin(inconnus)))


def mois(texte: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(month, year) of MM/AAAA."""
    morceaux = texte.str.strip().str.extract(r"^(\d{2})/(\d{4})$").astype(float)
    return morceaux[0], morceaux[1]


class Extraits:
    """The files of one folder, each row with its residence (or its commune) and what the residence is in."""

    def __init__(
        self, dossier: Path, qpv: dict[str, Path], communes: set[str], autres: dict[tuple[str, str], Path] | None = None
    ):
        """`qpv`: version → outlines; `autres`: (nature, first year in force) → outlines, by the point alone."""
        self.residences = self._residences(dossier, qpv, communes)
        self.autres = {cle: self._autour_du_point(chemin) for cle, chemin in (autres or {}).items()}
        passage = lire_toutes(dossier, "passage").rename(columns={"CODE_RESIDENCE": "CODE"})
        passage["id"] = passage.SIREN_BAILLEUR + ":" + passage.CODE
        self.passage = passage[["SIREN_BAILLEUR", "IDENT_INT", "id"]]
        rpls = lire_toutes(dossier, "rpls")
        nombres(rpls, NOMBRES_RPLS)
        rpls["SIREN_BAILLEUR"] = rpls.SIRET.str.strip().str.zfill(14).str[:9]
        self.rpls = rpls.merge(self.passage, how="left", on=["SIREN_BAILLEUR", "IDENT_INT"])
        self._majorite()
        ops = lire_toutes(dossier, "ops")
        nombres(ops, NOMBRES_OPS)
        logement = self.rpls[["SIREN_BAILLEUR", "IDENT_INT", "id", "DEPCOM", "QPV", "SURFHAB", "NBPIECE"]]
        self.ops = ops.merge(logement, how="inner", on=["SIREN_BAILLEUR", "IDENT_INT"])
        gestion = lire_toutes(dossier, "gestion")
        nombres(gestion, NOMBRES_GESTION)
        gestion["id"] = gestion.SIREN_BAILLEUR + ":" + gestion.CODE_RESIDENCE
        self.gestion = gestion.assign(DEPCOM="", QPV=np.nan)

    def _residences(self, dossier, qpv, communes) -> pd.DataFrame:
        res = lire_toutes(dossier, "residences")
        res = res[res.DEPCOM.isin(communes)].reset_index(drop=True)
        res["id"] = res.SIREN_BAILLEUR + ":" + res.CODE_RESIDENCE
        res["point"] = res.X.str.strip().ne("")
        points = gpd.GeoSeries(
            gpd.points_from_xy(pd.to_numeric(res.X, "coerce"), pd.to_numeric(res.Y, "coerce")), crs=2154
        )
        for version, chemin in qpv.items():
            contours = gpd.read_file(chemin).to_crs(2154)
            contours["geometry"] = contours.geometry.make_valid()
            trouves = gpd.sjoin(gpd.GeoDataFrame(res[["id"]], geometry=points), contours[["code", "geometry"]])
            codes = trouves[res.point.reindex(trouves.index)].groupby("id").code.agg(sorted)
            declare = res.set_index("id").QPV.where(lambda c, connus=set(contours.code): c.isin(connus), "")
            res[f"codes_{version}"] = [
                codes.get(i, []) if point else ([declare[i]] if declare[i] else [])
                for i, point in zip(res.id, res.point)
            ]
            res[f"en_{version}"] = res[f"codes_{version}"].str.len() > 0
        self.points = gpd.GeoDataFrame(res[["id"]], geometry=points)[res.point]
        return res.set_index("id")

    def _autour_du_point(self, chemin: Path) -> pd.Series:
        """Residence → codes of the outlines around its point."""
        contours = gpd.read_file(chemin).to_crs(2154)
        contours["geometry"] = contours.geometry.make_valid()
        return gpd.sjoin(self.points, contours[["code", "geometry"]]).groupby("id").code.agg(list)

    def _majorite(self) -> None:
        """Without a point nor a known code: in QPV when most of its dwellings say so."""
        drapeaux = self.rpls.assign(oui=self.rpls.QPV == 1, non=self.rpls.QPV == 2).groupby("id")[["oui", "non"]].sum()
        majorite = (drapeaux.oui > drapeaux.non).reindex(self.residences.index, fill_value=False)
        for colonne in [c for c in self.residences if c.startswith("en_")]:
            self.residences[colonne] |= majorite & ~self.residences.point


def fraction(condition, *connus) -> tuple[pd.Series, pd.Series]:
    su = pd.concat([c.notna() for c in connus], axis=1).all(axis=1)
    return (condition & su).astype(int), su.astype(int)


def somme(haut, bas) -> tuple[pd.Series, pd.Series]:
    su = haut.notna() & bas.notna()
    return haut.where(su, 0), bas.where(su, 0)


SEGMENTS = ("plus_80", "retraites", "actifs_couple", "actifs_isoles", "inactifs_couple", "inactifs_isoles")


def segment(menage) -> str | None:
    """One household at a time, as E2 T32 reads: resources, then retired, then activity and household."""
    if not menage.PCT_PLAFOND_PLUS <= 80:
        return "plus_80" if menage.PCT_PLAFOND_PLUS > 80 else None
    emplois = [menage.NB_EMPLOI_STABLE, menage.NB_EMPLOI_PRECAIRE, menage.NB_SANS_EMPLOI]
    taille = {1: "isoles", 4: "isoles", 2: "couple", 3: "couple"}.get(menage.COMPOSITION)
    if any(nombre > 0 for nombre in emplois):
        return taille and f"actifs_{taille}"
    if any(nombre != nombre for nombre in emplois):
        return None
    if menage.NB_RETRAITES > 0:
        return "retraites"
    return taille and f"inactifs_{taille}" if menage.NB_RETRAITES == 0 and menage.NB_AUTRES_INACTIFS > 0 else None


def indicateurs_ops(o: pd.DataFrame) -> dict:
    pct, occ, maj = o.PCT_PLAFOND_PLUS, o.NB_OCCUPANTS, o.NB_MAJEURS
    categorie = (occ + ((o.COMPOSITION == 4) & (occ > 1))).clip(upper=6)
    plafond = np.where(categorie.isin([2, 3]), 60, 55)
    norme = np.where(occ == 1, 9, np.minimum(70, 16 + 9 * (occ - 2)))
    unite = pd.Series(1, o.index)
    resultat = {f"menages_moins_{seuil}_pct_plus": fraction(pct < seuil, pct) for seuil in (20, 40, 60)}
    resultat |= {f"menages_plus_{seuil}_pct_plus": fraction(pct > seuil, pct) for seuil in (60, 80)}
    resultat |= {
        "sous_plafond_plai": fraction(pct <= plafond, pct),
        "beneficiaires_apl": fraction(o.APL == 1, o.APL),
        "minima_sociaux": fraction(o.MINIMA_SOCIAUX == 1, o.MINIMA_SOCIAUX),
        "personnes_seules": fraction(o.COMPOSITION == 1, o.COMPOSITION),
        "monoparentales": fraction(o.COMPOSITION == 4, o.COMPOSITION),
        "monoparentales_3_enfants": fraction((o.COMPOSITION == 4) & (o.NB_ENFANTS >= 3), o.COMPOSITION),
        "familles_3_enfants": fraction(o.NB_ENFANTS >= 3, o.NB_ENFANTS),
        "titulaires_65_ans": fraction(o.AGE_TITULAIRE >= 65, o.AGE_TITULAIRE),
        "titulaires_moins_25_ans": fraction(o.AGE_TITULAIRE < 25, o.AGE_TITULAIRE),
        "sans_emploi_ou_inactifs": somme(o.NB_SANS_EMPLOI + o.NB_AUTRES_INACTIFS, maj),
        "mineurs": somme(occ - maj, occ),
        "occupants_moyen": somme(occ, unite.where(occ.notna())),
        "suroccupation": fraction(norme > o.SURFHAB, o.SURFHAB, occ),
        "sous_occupation": fraction(occ + 1 < o.NBPIECE, o.NBPIECE, occ),
    }
    segments = pd.Series([segment(menage) for menage in o.itertuples()], o.index, dtype=object)
    resultat |= {f"segment_{nom}": fraction(segments == nom, segments) for nom in SEGMENTS}
    metiers = ("emploi_stable", "emploi_precaire", "sans_emploi", "retraites", "autres_inactifs")
    return resultat | {code: somme(o[f"NB_{code.upper()}"], maj) for code in metiers}


def indicateurs_rpls(r: pd.DataFrame, millesime: int) -> dict:
    mois_remise, annee_remise = mois(r.REMLOCDATE)
    echeance = pd.to_datetime(
        pd.DataFrame({"year": annee_remise, "month": mois_remise, "day": 1}), errors="coerce"
    ) + pd.DateOffset(months=3)
    occupables = r.MODE.isin([1, 2])
    anciens = occupables & (millesime - 1 > r.LOCAT)
    loues = (r.MODE == 1) & r.LOYERPRINC.notna()
    avec_surface, avec_plafond = loues & r.SURFHAB.notna(), loues & r.LOYERMAXAPL.notna()
    nouveau = (r.MODE == 1) & (mois(r.BAIL)[1] == millesime - 1)
    etiquette = r.DPEENERGIE.where(r.DPEENERGIE.isin(list("ABCDEFG")))
    return {
        "vacance_3_mois_rpls": ((r.MODE == 2) & (echeance < pd.Timestamp(millesime, 1, 1)), occupables),
        "mobilite_rpls": (anciens & nouveau, anciens),
        "logements_avant_1975": fraction(r.CONSTRUCT < 1975, r.CONSTRUCT),
        "loyer_m2": (r.LOYERPRINC.round(2).where(avec_surface, 0), r.SURFHAB.where(avec_surface, 0)),
        "loyer_sous_plafond_apl": (avec_plafond & (r.LOYERPRINC.round(2) <= r.LOYERMAXAPL.round(2)), avec_plafond),
        "petits_logements": fraction(r.NBPIECE <= 2, r.NBPIECE),
        **classes(
            r.NBPIECE,
            {"logements_t1": (-1, 1), **{f"logements_t{n}": (n, n) for n in (2, 3, 4)}},
            grands_logements=(5, 99),
        ),
        **{f"dpe_{lettre.lower()}": fraction(etiquette == lettre, etiquette) for lettre in "ABCDEFG"},
        **financements(r.FINAN),
        **classes(r.CONSTRUCT, PERIODES),
        **loyers(r[loues]),
    }


PERIODES = {"construits_avant_1947": (0, 1946), "construits_depuis_2018": (2018, 9999)} | {
    f"construits_{debut}_{fin}": (debut, fin) for debut, fin in ((1947, 1964), (1965, 1977), (1978, 1999), (2000, 2017))
}
FINANCEMENTS = {
    "logements_plai": (10, 11),
    "logements_plus": (12, 13),
    "logements_pls": (14,),
    "logements_intermediaires": (16, 17),
    "logements_finances_avant_1977": (50, 51, 52, 53, 54, 55, 99),
    "logements_autre_financement": (15, 49),
}
ECARTS = ("moins_20", "moins_10_20", "moins_0_10", "plus_0_10", "plus_10_20", "plus_20")
# On 1 January 2025 (arrêté of 27/09/2024), euros a month: one person, couple, one dependant, each other one.
PLAFONDS = {1: (329.71, 397.64, 449.43, 65.21), 2: (287.35, 351.72, 395.77, 57.61), 3: (269.32, 326.48, 366.07, 52.47)}
FORFAIT, PAR_CHARGE = 59.97, 13.60
OCCUPATIONS = {1: (1, 2), 2: (1, 2), 3: (2, 4), 4: (3, 6), 5: (4, 8), 6: (5, 10)}  # persons: least, most


def classes(valeurs, bornes: dict, **autres) -> dict:
    return {code: fraction(valeurs.between(*paire), valeurs) for code, paire in (bornes | autres).items()}


def financements(finan) -> dict:
    return {code: fraction(finan.isin(codes), finan) for code, codes in FINANCEMENTS.items()}


def centimes(euros) -> pd.Series:
    return (euros * 100).round()


def plafond_et_charges(zone: int, personnes: int) -> tuple[float, float]:
    seul, couple, charge, suivante = PLAFONDS[zone]
    charges = max(0, personnes - 2)
    plafond = (seul, couple)[personnes - 1] if not charges else charge + (charges - 1) * suivante
    return round(plafond, 2), round(FORFAIT + charges * PAR_CHARGE, 2)


def zones() -> dict[str, int]:
    fichier = Path(openfisca_france.__file__).parent / "assets/apl/20110914_zonage.csv"
    table = pd.read_csv(fichier, dtype=str)
    return dict(zip(table.CODGEO, table.Zonage.str[0].astype(int)))


def loyers(r: pd.DataFrame) -> dict:
    """Of the let dwellings whose rent is known, in cents."""
    loyer, plafond = centimes(r.LOYERPRINC), centimes(r.LOYERMAXAPL)
    rang = ecart_classe(loyer, plafond)
    resultat = {f"loyer_apl_{nom}": fraction(rang == i, plafond) for i, nom in enumerate(ECARTS)}
    resultat["loyer_sur_plafond_apl"] = somme(r.LOYERPRINC.round(2).where(plafond.notna()), r.LOYERMAXAPL.round(2))
    surface = r.SURFHAB.where(r.SURFHAB > 0)
    resultat["bas_loyer_m2"] = fraction(loyer <= (surface * 550).round(4), surface)
    connues = zones()
    places = [
        (connues.get(commune), OCCUPATIONS[int(min(max(pieces, 1), 6))]) if pieces == pieces else (None, None)
        for commune, pieces in zip(r.DEPCOM, r.NBPIECE)
    ]
    for rang_occupation, nom in enumerate(("min", "max")):
        paires = [plafond_et_charges(z, o[rang_occupation]) if z else (np.nan, np.nan) for z, o in places]
        haut = centimes(pd.Series([plafond for plafond, _ in paires], r.index))
        charges = centimes(pd.Series([forfait for _, forfait in paires], r.index))
        resultat[f"loyer_couvert_{nom}"] = fraction(loyer <= haut, haut)
        resultat[f"loyer_charges_couvert_{nom}"] = fraction(loyer + charges <= haut, haut)
    return resultat


def ecart_classe(loyer, plafond) -> pd.Series:
    """Rank of the class of (rent - ceiling) / ceiling, in whole numbers: E3 F09."""
    e = 100 * (loyer - plafond)
    choix = [e < -20 * plafond, e < -10 * plafond, e <= 0, e <= 10 * plafond, e <= 20 * plafond]
    return pd.Series(np.select(choix, range(5), 5), loyer.index)


def indicateurs_gestion(g: pd.DataFrame) -> dict:
    return {
        "rotation": somme(g.NB_ENTREES - g.NB_PREMIERES_LOCATIONS.fillna(0), g.NB_LOGEMENTS),
        "vacance_3_mois": somme(g.NB_VACANTS_3MOIS, g.NB_LOGEMENTS),
        "impayes_3_mois": somme(g.NB_IMPAYES_3MOIS, g.NB_OCCUPES),
        "demandes_mutation": somme(g.NB_DEMANDES_MUTATION, g.NB_OCCUPES),
        "refus_propositions": somme(g.NB_REFUS, g.NB_PROPOSITIONS),
    }


def placer(lignes, residences, communes: set[str], version: str, epci: str, autres: dict) -> pd.DataFrame:
    """(row, level, place): where each row counts."""
    connue = lignes.id.isin(residences.index)
    siennes = residences.reindex(lignes.id.where(connue))
    siennes.index = lignes.index
    commune = siennes.DEPCOM.where(connue, lignes.DEPCOM)
    dedans = commune.isin(communes)
    en_qpv = siennes[f"en_{version}"].where(connue, lignes.QPV == 1).astype(bool)
    codes = siennes[f"codes_{version}"].where(connue).explode().dropna()
    morceaux = [
        ("residence", lignes.id[connue]),
        ("commune", commune[dedans]),
        ("epci", pd.Series(epci, lignes.index[dedans])),
        ("hors_qpv", pd.Series(epci, lignes.index[dedans & ~en_qpv])),
        ("qpv", codes),
        *((nature, lignes.id[connue].map(codes).explode().dropna()) for nature, codes in autres.items()),
    ]
    return pd.concat([pd.DataFrame({"niveau": niveau, "place": place}) for niveau, place in morceaux])


def sommer(e: Extraits, lignes, valeurs: dict, millesime: int, population: str, communes, epci: str) -> dict:
    """{(level, place, millésime, population, indicator): (n, d)}."""
    version = "2015" if millesime < 2024 else "2024"
    large = pd.DataFrame({f"{cote}_{code}": s for code, paire in valeurs.items() for cote, s in zip("nd", paire)})
    tenus = {nature: codes for (nature, debut), codes in sorted(e.autres.items()) if int(debut) <= millesime}
    lieux = placer(lignes, e.residences, communes, version, epci, tenus)
    sommes = lieux.join(large.astype(float)).groupby(["niveau", "place"]).sum()
    return {
        (niveau, place, millesime, population, code): (round(ligne[f"n_{code}"], 2), round(ligne[f"d_{code}"], 2))
        for (niveau, place), ligne in sommes.iterrows()
        for code in valeurs
    }


def calculer(e: Extraits, communes: set[str], epci: str, annee_rpls: int) -> dict:
    resultat = {}
    for annee, o in e.ops.groupby("ANNEE"):
        annee = int(annee)
        entree = mois(o.DATE_ENTREE)[1]
        repond, recent = o.REPONSE == 1, entree >= annee - 2
        tout = {"taux_reponse": (repond.astype(int), pd.Series(1, o.index))}
        resultat |= sommer(e, o, tout, annee, "ensemble", communes, epci)
        r = o[repond]
        valeurs = indicateurs_ops(r) | {"emmenages_recents": fraction(recent[repond], entree[repond])}
        resultat |= sommer(e, r, valeurs, annee, "ensemble", communes, epci)
        jeunes = o[repond & recent]
        resultat |= sommer(e, jeunes, indicateurs_ops(jeunes), annee, "recents", communes, epci)
    valeurs = indicateurs_rpls(e.rpls, annee_rpls)
    resultat |= sommer(e, e.rpls, valeurs, annee_rpls, "ensemble", communes, epci)
    for annee, g in e.gestion.groupby("ANNEE"):
        g = g[g.id.isin(e.residences.index)]
        resultat |= sommer(e, g, indicateurs_gestion(g), int(annee), "ensemble", communes, epci)
    return resultat
