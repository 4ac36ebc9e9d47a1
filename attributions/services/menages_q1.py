"""Households of the first quartile, handed to the accessibility of the stock: the applicants of the territory's latest
SNE stock, alike ones counted together, and standard households whose resources are the threshold.

Adults are the persons less those at charge; two adults or more pay as a couple. A household without size, or whose
persons at charge are not fewer than its persons, is only counted.
"""

from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from attributions.calculs.quartiles import sql_quartile
from attributions.models import DemandeSne, SeuilQuartile
from attributions.services.situation import sql_seuil
from diagnostic.models import Commune, PopulationQ1
from diagnostic.services.menages_q1 import Menages, enregistrer, oublier
from partenaires.models import Parametre

# Couple, dependants (children under 14): the threshold is multiplied by their UC.
TYPES = ((False, 0), (True, 0), (False, 1), (False, 2), (True, 1), (True, 2), (True, 3))
DOUZE_MOIS = 12

MENAGES = f"""
SELECT taille, a_charge, uc, revenu, count(*), array_agg(DISTINCT depot)
FROM (
    SELECT d.taille_menage AS taille, d.personnes_a_charge AS a_charge, d.uc, d.revenu_mensuel AS revenu,
           d.depot_id AS depot,
           {sql_quartile("d.revenu_mensuel", "d.uc", "seuil", "%(inclusif)s", "%(nul_inconnu)s")} AS quartile
    FROM attributions_demandesne d JOIN diagnostic_commune c ON c.code = d.commune_recherchee
    CROSS JOIN LATERAL {sql_seuil("%(epci)s", "%(millesime)s")} seuil
    WHERE d.courant AND d.millesime = %(millesime)s AND c.territoire_id = %(epci)s) t
WHERE quartile = 1
GROUP BY taille, a_charge, uc, revenu"""


def recalculer(epci: str) -> None:
    """Nothing is kept where no threshold is known."""
    millesime = _dernier_stock(epci)
    seuil = _seuil(epci, millesime)
    with transaction.atomic():
        oublier(epci)
        if seuil is None:
            return
        connu = (seuil.annee, seuil.s1)
        enregistrer(epci, PopulationQ1.Origine.TYPES, None, connu, _types(seuil.s1))
        if millesime is not None:
            enregistrer(epci, PopulationQ1.Origine.DEMANDEURS, millesime, connu, _demandeurs(epci, millesime))


def _dernier_stock(epci: str) -> int | None:
    communes = Commune.objects.filter(territoire=epci).values("code")
    demandes = DemandeSne.objects.courantes().filter(commune_recherchee__in=communes)
    return demandes.order_by("-millesime").values_list("millesime", flat=True).first()


def _seuil(epci: str, millesime: int | None) -> SeuilQuartile | None:
    seuils = SeuilQuartile.objects.connus().filter(epci=epci).order_by("-annee")
    return (seuils if millesime is None else seuils.filter(annee__lte=millesime)).first()


def _types(s1: Decimal) -> Menages:
    lus = Menages()
    for couple, charge in TYPES:
        uc = 1 + couple * Decimal("0.5") + charge * Decimal("0.3")
        lus.ajouter(couple, charge, 1 + couple + charge, uc, round(s1 * uc / DOUZE_MOIS, 2), 1)
    return lus


def _demandeurs(epci: str, millesime: int) -> Menages:
    codes = {"inclusif": "quartile_egalite_dessous", "nul_inconnu": "revenu_nul_inconnu"}
    valeurs = Parametre.objects.valeurs(codes.values(), date(millesime, 12, 31), epci)
    parametres = {nom: bool(valeurs[code]) for nom, code in codes.items()}
    lus = Menages()
    with connection.cursor() as curseur:
        curseur.execute(MENAGES, parametres | {"epci": epci, "millesime": millesime})
        for taille, a_charge, uc, revenu, nombre, depots in curseur.fetchall():
            lus.depots.update(depots)
            if not taille or a_charge is None or not 0 <= a_charge < taille:
                lus.inconnus += nombre
            else:
                lus.ajouter(taille - a_charge >= 2, a_charge, taille, uc, revenu, nombre)
    return lus
