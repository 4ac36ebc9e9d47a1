"""Indicators of the rent roll and of the stock (RPLS)."""

from diagnostic.calculs.indicateur import Indicateur, Source


def _gestion(code, libelle, unite, base, numerateur, denominateur, *connus):
    return Indicateur(
        code, libelle, Source.GESTION, unite, base, numerateur, connus, denominateur=denominateur, somme=True
    )


def _logements(code, libelle, numerateur, *connus, condition=""):
    return Indicateur(code, libelle, Source.RPLS, "logements", "logements", numerateur, connus, condition)


GESTION: tuple[Indicateur, ...] = (
    _gestion(
        "rotation",
        "Rotation",
        "logements",
        "logements",
        "nb_entrees - premieres_locations",
        "nb_logements",
        "nb_entrees",
        "nb_logements",
    ),
    _gestion(
        "vacance_3_mois",
        "Vacance de plus de 3 mois",
        "logements",
        "logements",
        "nb_vacants_3mois",
        "nb_logements",
        "nb_vacants_3mois",
        "nb_logements",
    ),
    _gestion(
        "impayes_3_mois",
        "Impayés de plus de 3 mois",
        "menages",
        "occupes",
        "nb_impayes_3mois",
        "nb_occupes",
        "nb_impayes_3mois",
        "nb_occupes",
    ),
    _gestion(
        "demandes_mutation",
        "Demandes de mutation",
        "menages",
        "occupes",
        "nb_demandes_mutation",
        "nb_occupes",
        "nb_demandes_mutation",
        "nb_occupes",
    ),
    _gestion(
        "refus_propositions",
        "Refus de propositions",
        "propositions",
        "propositions",
        "nb_refus",
        "nb_propositions",
        "nb_refus",
        "nb_propositions",
    ),
)
RPLS: tuple[Indicateur, ...] = (
    _logements(
        "vacance_3_mois_rpls",
        "Vacance de plus de 3 mois (RPLS)",
        "mode == 2 and mois_remise + 3 < millesime * 12",
        condition="mode == 1 or mode == 2",
    ),
    _logements(
        "mobilite_rpls",
        "Mobilité (RPLS)",
        "mode == 1 and annee_bail == millesime - 1",
        condition="(mode == 1 or mode == 2) and locat < millesime - 1",
    ),
    _logements("logements_avant_1975", "Logements d'avant 1975", "construct < 1975", "construct"),
    Indicateur(
        "loyer_m2",
        "Loyer au m²",
        Source.RPLS,
        "euros_par_m2",
        "logements",
        "loyerprinc",
        ("loyerprinc", "surfhab"),
        condition="mode == 1",
        denominateur="surfhab",
        somme=True,
        decimal=True,
    ),
    _logements(
        "loyer_sous_plafond_apl",
        "Loyers sous le plafond APL",
        "loyerprinc <= loyermaxapl",
        "loyerprinc",
        "loyermaxapl",
        condition="mode == 1",
    ),
    _logements("petits_logements", "Logements de 2 pièces au plus", "nbpiece <= 2", "nbpiece"),
)
