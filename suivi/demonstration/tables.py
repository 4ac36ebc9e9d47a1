"""The tables of the demo in the layouts of docs/formats.md: one function a type of file."""

import numpy as np
import pandas as pd

from suivi.demonstration import geographie, occupation, parc
from suivi.demonstration.decor import ANNEES, BAILLEURS, PROJET, quartiers_en_vigueur

LOGEMENTS_PAR_ENTREE = 24
PART_DRAPEAUX_FAUX = 0.012  # flags that the file declares wrong, as real files do


# --- cells ----------------------------------------------------------------------------------------------------------
def entier(serie) -> pd.Series:
    return pd.Series(serie).map(lambda v: "" if pd.isna(v) else str(int(v)))


def decimal(serie, chiffres: int = 2) -> pd.Series:
    return pd.Series(serie).map(lambda v: "" if pd.isna(v) else f"{v:.{chiffres}f}".replace(".", ","))


def jour(serie, forme: str = "%d/%m/%Y") -> pd.Series:
    return pd.Series(pd.to_datetime(serie)).dt.strftime(forme).fillna("")


def horodate(serie) -> pd.Series:
    return jour(serie, "%d-%m-%Y 00:00:00")


def drapeau(serie) -> pd.Series:
    """1 where true, 0 where false or unknown."""
    return serie.eq(True).astype(int)


def siren_de(table: pd.DataFrame) -> pd.Series:
    return table["SIREN_BAILLEUR"] if "SIREN_BAILLEUR" in table else table["SIRET"].str[:9]


# --- bailleurs ------------------------------------------------------------------------------------------------------
def residences(r: pd.DataFrame) -> pd.DataFrame:
    t = pd.DataFrame({"SIREN_BAILLEUR": r.bailleur, "CODE_RESIDENCE": r.code, "NOM_RESIDENCE": r.nom})
    t["FAMILLE"], t["DEPCOM"], t["ADRESSE"] = r.famille, r.commune, r.adresse
    # One residence in eighty has no point; those of a quarter then say which.
    sans_point = (r.index % 80) == 40
    t["X"], t["Y"] = r.x.map("{:.1f}".format).mask(sans_point, ""), r.y.map("{:.1f}".format).mask(sans_point, "")
    t["EPSG"] = str(geographie.LAMBERT_93)
    t["QPV"] = r.zone.where(sans_point, "")
    return t


def passage(log: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"SIREN_BAILLEUR": log.bailleur, "IDENT_INT": log.ident_int, "CODE_RESIDENCE": log.residence})


def rpls(rng, le_parc, departs, annee: int) -> pd.DataFrame:
    """The stock on 1 January: dwellings delivered before, rents that rise by 2 % a year."""
    premier_janvier = pd.Timestamp(annee, 1, 1)
    log = le_parc.logements.assign(
        mode=occupation.mode_au(le_parc, annee, departs),
        bail=parc.bail_au(le_parc, premier_janvier),
        remise=parc.remise_au(le_parc, premier_janvier),
    )
    log = log[log.annee < annee]
    loue = log["mode"] == occupation.LOUE
    remise = log.remise.fillna(premier_janvier - pd.Timedelta(days=260)).where(log["mode"] == occupation.VACANT)
    en_qpv = log.zone.isin(quartiers_en_vigueur(annee))
    declare = en_qpv ^ (rng.random(len(log)) < PART_DRAPEAUX_FAUX)
    hausse = 1.02 ** (annee - ANNEES[0])
    noms = {bailleur.siren: bailleur.nom for bailleur in BAILLEURS}
    colonnes = {
        "IDENT_REP": log.ident_rep,
        "IDENT_INT": log.ident_int,
        "IDENT_ORG": log.bailleur,
        "RS": log.bailleur.map(noms),
        "SIRET": log.bailleur + "00017",
        "DROIT": "1",
        "ORIGINE": "1",
        "PATRIMOINE": log.annee,
        "DEPCOM": log.commune,
        "NOMVOIE": log.adresse,
        "COMPLGEO": log.nom,
        "BAT": np.where(log.individuel, "", "A"),
        "ENTREE": np.where(log.individuel, "", 1 + log.groupby("residence").cumcount() // LOGEMENTS_PAR_ENTREE),
        "QPV": np.where(declare, "1", "2"),
        "TYPECONST": np.where(log.individuel, "I", "C"),
        "NBPIECE": log.nbpiece,
        "SURFHAB": log.surfhab,
        "CONSTRUCT": log.annee,
        "LOCAT": log.annee,
        "DPEENERGIE": log.dpe,
        "FINAN": log.finan,
        "CONV": log.conv,
        "DATCONV": "01/" + log.mois_livraison.map("{:02d}".format) + "/" + log.annee.astype(str),
        "MODE": log["mode"],
        "BAIL": jour(log.bail.where(loue), "%m/%Y"),
        "REMLOCDATE": jour(remise, "%m/%Y"),
        "CONTRESLOG": log.contreslog,
        "MODESURF": "3",
        "SURFMODE": log.surfhab,
        "LOYERPRINC": decimal(log.loyer * hausse),
        "LOYERMAXAPL": decimal(log.loyer_apl * hausse),
    }
    return pd.DataFrame(colonnes)


def ops(m: pd.DataFrame) -> pd.DataFrame:
    """The columns of the household are filled where it answered."""
    repond = m.reponse == 1
    t = pd.DataFrame({"SIREN_BAILLEUR": m.bailleur, "IDENT_INT": m.ident_int, "ANNEE": m.annee, "REPONSE": m.reponse})
    t["DATE_ENTREE"] = jour(m.date_entree, "%m/%Y")
    champs = {
        "NB_OCCUPANTS": "occupants", "NB_MAJEURS": "majeurs", "NB_ENFANTS": "enfants",
        "NB_ENFANTS_MOINS_14": "enfants_moins_14", "COMPOSITION": "composition", "AGE_TITULAIRE": "age",
        "NB_EMPLOI_STABLE": "stable", "NB_EMPLOI_PRECAIRE": "precaire", "NB_SANS_EMPLOI": "sans_emploi",
        "NB_RETRAITES": "retraites", "NB_AUTRES_INACTIFS": "autres", "APL": "apl", "MINIMA_SOCIAUX": "minima",
    }  # fmt: skip
    for colonne, champ in champs.items():
        t[colonne] = entier(m[champ].where(repond))
    t["PCT_PLAFOND_PLUS"] = decimal(m.pct_plus.where(repond), 1)
    return t


def gestion(g: pd.DataFrame) -> pd.DataFrame:
    return g.rename(
        columns={
            "bailleur": "SIREN_BAILLEUR", "residence": "CODE_RESIDENCE", "annee": "ANNEE", "nb": "NB_LOGEMENTS",
            "occupes": "NB_OCCUPES", "vacants": "NB_VACANTS_3MOIS", "entrees": "NB_ENTREES",
            "premieres": "NB_PREMIERES_LOCATIONS", "sorties": "NB_SORTIES", "impayes": "NB_IMPAYES_3MOIS",
            "mutations": "NB_DEMANDES_MUTATION", "propositions": "NB_PROPOSITIONS", "refus": "NB_REFUS",
        }
    )  # fmt: skip


# --- SNE ------------------------------------------------------------------------------------------------------------
def menage_sne(d: pd.DataFrame) -> dict:
    return {
        "TAILLE_MENAGE": d.taille,
        "PERSONNE_A_CHARGE": d.pac,
        "UNITE_CONSO": decimal(d.uc, 1),
        "AGE_DEMANDEUR_DEMANDE": d.age,
        "STATUT_PROF_DEMANDEUR": d.statut,
        "SITU_FAMILIALE_DEMANDEUR": d.situation,
        "REVENU_MENSUEL_FOYER": entier(d.revenu),
        "COMMUNE_LOG_ACTUEL": d.commune_actuelle,
    }


def radiations(rng, d: pd.DataFrame) -> pd.DataFrame:
    attribution = d.date_caleol.notna()
    quartile = d.quartile.where(rng.random(len(d)) > PART_DRAPEAUX_FAUX, rng.integers(1, 5, len(d)))
    colonnes = {
        "NUMERO_UNIQUE": d.numero,
        "DATE_CREATION": horodate(d.date_creation),
        "DATE_RADIATION": horodate(d.date_bail.where(attribution, d.date_radiation)),
        "MOTIF_RADIATION": np.where(d.date_bail.notna(), "RADATT", d.motif.fillna("")),
        "DATE_CALEOL": horodate(d.date_caleol),
        "ISSUE_ATTRIBUTION": d.issue.fillna(""),
        "DATE_SIGNATURE_BAIL": horodate(d.date_bail),
        "SIREN_RADIATION": d.bailleur.fillna(""),
        "NUMERORPLS": d.ident_rep.fillna(""),
        "COMMUNE_LOGEMENT_ATTRIB": d.commune.fillna(""),
        "TYPE_LOGEMENT_ATTRIB": ("T" + entier(d.nbpiece)).where(attribution, ""),
        "TYPE_RESERVATAIRE": d.reservataire.fillna(""),
        "MONTANT_LOYER": decimal(d.loyer),
        "SURFACE": entier(d.surfhab),
        **menage_sne(d),
        "POSITION_PLAFOND_ATTRIB": entier(d.pct_plafond),
        "ATTRIBUE_DALO": drapeau(d.dalo),
        "NB_MENAGE_PRIORITAIRE": drapeau(d.prioritaire),
        "NB_TRAVAILLEUR_ESSENTIEL": drapeau(d.essentiel),
        "ESTANRU": drapeau(d.reloge),
        "MODE_MUTATION": drapeau(d.mutation),
        "NB_QPV": (attribution & d.en_qpv.eq(True)).astype(int),
        "NB_HQPV": (attribution & d.en_qpv.eq(False)).astype(int),
    }
    drapeaux = {f"NB_Q{rang}": (attribution & (quartile == rang)).astype(int) for rang in (1, 2, 3, 4)}
    return pd.DataFrame(colonnes | drapeaux | {"NB_QNA": (attribution & (quartile == 0)).astype(int)})


def stock(d: pd.DataFrame) -> pd.DataFrame:
    colonnes = {
        "NUMERO_UNIQUE": d.numero,
        "DATE_CREATION": horodate(d.date_creation),
        "DATE_RENOUVELLEMENT": horodate(d.date_renouvellement),
        "MOTIF_DEMANDE": "01",
        **menage_sne(d),
        "POSITION_PLAFOND": entier(d.pct_plafond),
        "MODE_LOGEMENT_ACTUEL": "LOC_HLM",
        "COMMUNE_LOG_RECHERCHE": d.commune_souhaitee,
        "TYPE_LOGEMENT_RECHERCHE": d.typologie,
        "NB_DALO": d.dalo.astype(int),
        "NB_MENAGE_PRIORITAIRE": d.prioritaire.astype(int),
        "NB_ANRU": 0,
    }
    return pd.DataFrame(colonnes)


# --- rehousing ------------------------------------------------------------------------------------------------------
def relogements(log: pd.DataFrame, r: pd.DataFrame) -> pd.DataFrame:
    apres = log.reindex(r.destination).reset_index(drop=True)
    colonnes = {
        "CODE_PROJET": PROJET.code,
        "NOM_PROJET": PROJET.nom,
        "QUARTIER": PROJET.quartier,
        "OPERATION": r.operation,
        "TYPE_OPERATION": "demolition",
        "ID_MENAGE": r.identifiant,
        "ETAT": r.etat,
        "SIREN_BAILLEUR_ORIGINE": log.bailleur[r.origine].values,
        "IDENT_INT_ORIGINE": log.ident_int[r.origine].values,
        "TAILLE_MENAGE": r.occupants,
        "UNITE_CONSO": decimal(r.uc, 1),
        "RESSOURCES_MENSUELLES": decimal(r.ressources),
        "LOYER_AVANT": decimal(r.loyer_avant),
        "CHARGES_AVANT": decimal(r.charges_avant),
        "APL_AVANT": decimal(r.apl_avant),
        "SURFACE_AVANT": decimal(r.surface_avant),
        "DATE_ENQUETE": jour(r.date_enquete),
        **{f"DATE_PROPOSITION_{rang}": jour(r[f"date_proposition_{rang}"]) for rang in (1, 2, 3)},
        **{f"MOTIF_REFUS_{rang}": r[f"motif_refus_{rang}"] for rang in (1, 2, 3)},
        "DATE_BAIL": jour(r.date_bail),
        "SIREN_BAILLEUR_DESTINATION": apres.bailleur.fillna(""),
        "IDENT_INT_DESTINATION": apres.ident_int.fillna(""),
        "DATE_PREMIERE_LOCATION": jour(r.premiere_location),
        "LOYER_APRES": decimal(r.loyer_apres),
        "CHARGES_APRES": decimal(r.charges_apres),
        "APL_APRES": decimal(r.apl_apres),
        "SURFACE_APRES": decimal(r.surface_apres),
        "MINORATION": decimal(r.minoration),
    }
    return pd.DataFrame(colonnes)
