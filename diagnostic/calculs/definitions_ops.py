"""Indicators of the occupation survey (OPS), of households and of persons."""

from diagnostic.calculs.indicateur import Indicateur, Population, Source

# Segments of occupation of the URHLM (E2 T32), exclusive, in the order in which they are looked for: rank, code, label.
SEGMENTS = (
    (1, "plus_80", "plus de 80 % du plafond PLUS"),
    (2, "retraites", "retraités"),
    (3, "actifs_couple", "actifs en couple"),
    (4, "actifs_isoles", "actifs isolés"),
    (5, "inactifs_couple", "inactifs en couple"),
    (6, "inactifs_isoles", "inactifs isolés"),
)
DEUX = (Population.ENSEMBLE, Population.RECENTS)
# What the SNE tells too of those who move in and of those who apply.
QUATRE = (*DEUX, Population.ENTRANTS, Population.DEMANDEURS)


def _menages(code, libelle, numerateur, *connus, source=Source.OPS, populations=DEUX):
    return Indicateur(code, libelle, source, "menages", "repondants", numerateur, connus, populations=populations)


def _profil(code, libelle, numerateur, *connus):
    return _menages(code, libelle, numerateur, *connus, populations=QUATRE)


def _personnes(code, libelle, champs, total):
    return Indicateur(
        code,
        libelle,
        Source.OPS,
        "personnes",
        "repondants",
        champs,
        tuple(champs.replace("+", " ").replace("-", " ").split()) + (() if total in champs else (total,)),
        denominateur=total,
        somme=True,
        populations=DEUX,
    )


OPS: tuple[Indicateur, ...] = (
    _profil("menages_moins_20_pct_plus", "Moins de 20 % du plafond PLUS", "pct_plafond_plus < 20", "pct_plafond_plus"),
    _profil("menages_moins_40_pct_plus", "Moins de 40 % du plafond PLUS", "pct_plafond_plus < 40", "pct_plafond_plus"),
    _profil("menages_moins_60_pct_plus", "Moins de 60 % du plafond PLUS", "pct_plafond_plus < 60", "pct_plafond_plus"),
    _profil("menages_plus_60_pct_plus", "Plus de 60 % du plafond PLUS", "pct_plafond_plus > 60", "pct_plafond_plus"),
    _profil("menages_plus_80_pct_plus", "Plus de 80 % du plafond PLUS", "pct_plafond_plus > 80", "pct_plafond_plus"),
    _profil(
        "sous_plafond_plai",
        "Ressources sous le plafond PLAI",
        "pct_plafond_plus <= 55 or (pct_plafond_plus <= 60 and (categorie == 2 or categorie == 3))",
        "pct_plafond_plus",
    ),
    _menages("beneficiaires_apl", "Bénéficiaires de l'APL", "apl == 1", "apl"),
    _menages("minima_sociaux", "Bénéficiaires de minima sociaux", "minima_sociaux == 1", "minima_sociaux"),
    _profil("personnes_seules", "Personnes seules", "composition == 1", "composition"),
    _profil("monoparentales", "Familles monoparentales", "composition == 4", "composition"),
    _menages(
        "monoparentales_3_enfants",
        "Familles monoparentales de 3 enfants et plus",
        "composition == 4 and nb_enfants >= 3",
        "composition",
    ),
    _menages("familles_3_enfants", "Familles de 3 enfants et plus", "nb_enfants >= 3", "nb_enfants"),
    _profil("titulaires_65_ans", "Titulaires de 65 ans et plus", "age_titulaire >= 65", "age_titulaire"),
    _profil("titulaires_moins_25_ans", "Titulaires de moins de 25 ans", "age_titulaire < 25", "age_titulaire"),
    _personnes("emploi_stable", "Majeurs en emploi stable", "nb_emploi_stable", "nb_majeurs"),
    _personnes("emploi_precaire", "Majeurs en emploi précaire", "nb_emploi_precaire", "nb_majeurs"),
    _personnes("sans_emploi", "Majeurs sans emploi", "nb_sans_emploi", "nb_majeurs"),
    _personnes("retraites", "Majeurs retraités", "nb_retraites", "nb_majeurs"),
    _personnes("autres_inactifs", "Majeurs autrement inactifs", "nb_autres_inactifs", "nb_majeurs"),
    _personnes(
        "sans_emploi_ou_inactifs",
        "Majeurs sans emploi ou inactifs",
        "nb_sans_emploi + nb_autres_inactifs",
        "nb_majeurs",
    ),
    _personnes("mineurs", "Mineurs parmi les occupants", "nb_occupants - nb_majeurs", "nb_occupants"),
    Indicateur(
        "occupants_moyen",
        "Occupants par ménage",
        Source.OPS,
        "moyenne",
        "repondants",
        "nb_occupants",
        ("nb_occupants",),
        somme=True,
        populations=QUATRE,
    ),
    _menages(
        "suroccupation",
        "Logements suroccupés (CCH R822-25)",
        "(nb_occupants == 1 and surfhab < 9)"
        " or (nb_occupants >= 2 and surfhab < 16 + 9 * (nb_occupants - 2) and surfhab < 70)",
        "surfhab",
        "nb_occupants",
        source=Source.OPS_RPLS,
    ),
    _menages(
        "sous_occupation",
        "Logements sous-occupés (CCH L621-2)",
        "nbpiece > nb_occupants + 1",
        "nbpiece",
        "nb_occupants",
        source=Source.OPS_RPLS,
    ),
    _menages(
        "emmenages_recents",
        "Emménagés récents",
        "annee_entree >= annee_recente",
        "annee_entree",
        populations=(Population.ENSEMBLE,),
    ),
    *(
        _profil(f"segment_{nom}", f"Segment : {libelle}", f"segment == {rang}", "segment")
        for rang, nom, libelle in SEGMENTS
    ),
    Indicateur("taux_reponse", "Taux de réponse à l'enquête", Source.OPS, "menages", "occupes", "reponse == 1"),
)
