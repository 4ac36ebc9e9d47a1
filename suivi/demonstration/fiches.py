"""Fiche prospective of the largest quarter of the demo, in two versions, and its point zero. Written once."""

from datetime import date

from diagnostic.models import FicheQuartier
from diagnostic.services import fiche_territoriale, fiches_quartier, quartiers
from partenaires.models import Adhesion
from suivi.demonstration.decor import EPCI, QUARTIERS

PAUVRES = "menages_moins_20_pct_plus"
CIBLES = [
    {"indicateur": PAUVRES, "population": "ensemble", "sens": "maximum", "valeur": "0.15", "horizon": "fin_npnru"},
    {"indicateur": PAUVRES, "population": "entrants", "sens": "maximum", "valeur": "0.12", "horizon": "revoyure"},
    {"indicateur": "emploi_stable", "population": "ensemble", "sens": "minimum", "valeur": "0.3", "horizon": "apres"},
]
VALEURS = ("0.1", "0.15", "0.2")  # objectives of the first residences


def ecrire(adhesion: Adhesion, au: date) -> None:
    """`adhesion`: the EPCI's administrator. The memberships of the residences are known."""
    lieu = quartiers.trouver(adhesion, EPCI, "qpv", QUARTIERS[0].code)
    if lieu is None or FicheQuartier.objects.filter(epci=EPCI).exists():
        return
    fiche_territoriale.poser(adhesion, lieu, au.year - 2, "Signature de la convention.", [au.year - 2])
    premiere = {
        "moment": "programmation",
        "trajectoire": "T2",
        "depart": "confirmer",
        "vocation": "Un quartier d'accueil des familles, mieux relié au centre.",
        "diagnostic": "De grands logements peu chers, une rotation faible, des espaces publics à reprendre.",
        "logements_renouveles": 20,
        "horizons": {
            "fin_npnru": date(au.year + 5, 12, 31).isoformat(),
            "revoyure": date(au.year + 1, 6, 30).isoformat(),
            "apres": date(au.year + 9, 12, 31).isoformat(),
        },
        "cibles": CIBLES[:2],
        "actions": [
            _action("Réhabilitation des deux tours", "offre", "programmee", au.year + 2),
            _action("Visites avant candidature, avec les réservataires", "demande", "envisagee", None),
            _action("Mail piéton jusqu'à la gare", "amenagement", "programmee", au.year + 3),
        ],
        "objectifs": [],
    }
    residences = fiches_quartier.residences_du_lieu(adhesion, lieu)
    objectifs = [
        {"residence": residence, "indicateur": PAUVRES, "sens": "maximum", "valeur": valeur}
        for residence, valeur in zip(residences, VALEURS)
    ]
    fiches_quartier.enregistrer(adhesion, lieu, au.year - 3, 0, premiere)
    seconde = premiere | {"moment": "interventions", "trajectoire": "T3", "cibles": CIBLES, "objectifs": objectifs}
    fiches_quartier.enregistrer(adhesion, lieu, au.year - 1, 1, seconde)


def _action(libelle: str, champ: str, etat: str, annee: int | None) -> dict:
    return {"libelle": libelle, "champ": champ, "etat": etat, "echeance": f"{annee}-06-30" if annee else ""}
