"""The six objectives that the law or the conventions give to every territoire de CIL (regles §2), as data."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LEC = date(2017, 1, 1)  # year of the loi Égalité et citoyenneté, 27 January 2017
Q1 = {"champ": "quartile", "op": "dans", "valeur": [1]}
RELOGE = {"champ": "reloge", "op": "=", "valeur": True}
ETAT = "etat_"  # réservataires of the State's contingent, followed apart


@dataclass(frozen=True)
class ObjectifLegal:
    """`soumis`: concerns only the territories and years concerned by the legal rates (regles §0). `hors_etat`: pools
    every known réservataire but the State's, whose own lines have no target. `cible`: none while only followed."""

    code: str
    libelle: str
    base: str
    perimetre: str
    predicat: dict
    source: str
    cible: Decimal | None = None
    soumis: bool = False
    hors_etat: bool = False
    debut: date = LEC


LEGAUX: tuple[ObjectifLegal, ...] = (
    ObjectifLegal(
        "q1_ou_reloges_hors_qpv",
        "Premier quartile et relogés, hors QPV",
        "bail",
        "hors_qpv",
        {"ou": [Q1, RELOGE]},
        "CCH L441-1, al. 24 ; loi Égalité et citoyenneté, art. 70",
        Decimal("0.25"),
        soumis=True,
    ),
    ObjectifLegal(
        "q1_hors_qpv",
        "Premier quartile seul, hors QPV",
        "bail",
        "hors_qpv",
        Q1,
        "CCH L441-1, al. 24 : variante sans les relogés",
        soumis=True,
    ),
    ObjectifLegal(
        "q2_q4_en_qpv",
        "Deuxième à quatrième quartiles, en QPV",
        "attribution",
        "en_qpv",
        {"champ": "quartile", "op": "dans", "valeur": [2, 3, 4]},
        "CCH L441-1, al. 26 ; instruction du 14 mai 2018",
        Decimal("0.50"),
        soumis=True,
    ),
    ObjectifLegal(
        "prioritaires_reservataire",
        "Publics prioritaires, par réservataire",
        "attribution",
        "territoire",
        {"champ": "prioritaire", "op": "=", "valeur": True},
        "CCH L441-1 et L441-2-3 ; L313-26-2 pour Action Logement",
        Decimal("0.25"),
        hors_etat=True,
    ),
    ObjectifLegal(
        "travailleurs_essentiels",
        "Travailleurs des secteurs essentiels",
        "bail",
        "territoire",
        {"champ": "travailleur_essentiel", "op": "=", "valeur": True},
        "CCH L441-1-6 ; loi 3DS, art. 78",
    ),
    ObjectifLegal(
        "mutations",
        "Mutations internes au parc social",
        "bail",
        "territoire",
        {"champ": "mutation", "op": "=", "valeur": True},
        "Convention intercommunale d'attribution",
    ),
)
PAR_CODE = {legal.code: legal for legal in LEGAUX}
