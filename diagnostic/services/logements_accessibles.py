"""The dwellings of a bailleur one by one, and which standard household of the first quartile can pay for each (regles
§8): its own rows, read by itself alone. Standard households are at the threshold of the territory: they are nobody."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from diagnostic.calculs.accessibilite import MenageType, charges_estimees, loyers_max, reste_a_charge_max
from diagnostic.calculs.perimetres import outre_mer
from diagnostic.models import Logement, MenageQ1, PopulationQ1
from diagnostic.services import baremes_apl
from diagnostic.services.accessibilite import Reglages, libelle_menage, menages_types, reglages
from diagnostic.services.loyers_parc import PIECES_MAX
from diagnostic.services.plafonds_apl import zones_des_communes
from partenaires.models import Parametre

VACANT, LOUE = 2, 1  # MODE of RPLS
CONVENTIONNE_NON = 2


@dataclass(frozen=True)
class LigneLogement:
    """`accessibles`: one verdict a standard household, in the order of `Lecture.menages`; None where the number of
    rooms does not suit it. Amounts in euros a month."""

    ident_int: str
    commune: str
    adresse: str
    pieces: int
    surface: float
    loyer: float
    charges: float
    accessibles: tuple[bool | None, ...]


@dataclass(frozen=True)
class Lecture:
    """`menages`: labels of the standard households; none where the threshold or their benefit is not known yet."""

    reglages: Reglages
    menages: tuple[str, ...] = ()
    lignes: tuple[LigneLogement, ...] = ()


def lire(adhesion, epci: str, millesime: int, tous: bool = False, **demandes) -> Lecture:
    """The reader's own dwellings on the territory: those vacant and offered, or with `tous` those let as well.

    `demandes`: te, rpv, charges_m2, each optional.
    """
    connu = Parametre.objects.valeur(baremes_apl.PARAMETRE, date(millesime, 12, 31), epci)
    voulus = reglages(connu, True, **demandes)
    communes = zones_des_communes(epci)
    zones = {code: (zone, outre_mer(code[:3])) for code, (_, zone) in communes.items() if zone}
    standards = MenageQ1.objects.filter(population__epci=epci, population__origine=PopulationQ1.Origine.TYPES)
    menages = list(standards.order_by("charge", "couple"))
    grilles = baremes_apl.lire(millesime, set(zones.values()))
    types = menages_types(menages, grilles, connu, set(zones.values())) if menages else None
    if not types:
        return Lecture(voulus)
    logements = list(_logements(adhesion, millesime, zones, tous))
    charges = [charges_estimees(float(logement.surfhab), voulus.charges_m2) for logement in logements]
    verdicts = _juger(types, logements, charges, zones, voulus)
    lignes = tuple(
        LigneLogement(
            ident_int=logement.ident_int,
            commune=communes[logement.commune][0],
            adresse=" ".join(filter(None, (logement.numvoie, logement.typvoie, logement.nomvoie))),
            pieces=logement.nbpiece,
            surface=float(logement.surfhab),
            loyer=float(logement.loyerprinc),
            charges=charge,
            accessibles=lus,
        )
        for logement, charge, lus in zip(logements, charges, verdicts)
    )
    return Lecture(voulus, tuple(libelle_menage(menage.code) for menage in types), lignes)


def _logements(adhesion, millesime: int, zones: dict, tous: bool):
    modes = (VACANT, LOUE) if tous else (VACANT,)
    siens = Logement.objects.visible_to(adhesion).courantes().filter(millesime=millesime, mode__in=modes)
    siens = siens.filter(commune__in=zones, loyerprinc__gt=0, surfhab__gt=0, nbpiece__gt=0)
    # under several IDENT_ORG a dwelling is one: the first holds, as in the counts
    uns = siens.exclude(conv=CONVENTIONNE_NON).order_by("ident_int", "ident_org").distinct("ident_int")
    return sorted(uns, key=lambda un: (un.commune, un.nomvoie or "", un.numvoie or "", un.ident_int))


def _juger(types: list[MenageType], logements, charges: list[float], zones: dict, voulus: Reglages) -> list[tuple]:
    """One verdict a dwelling and standard household."""
    loyers = np.array([round(float(logement.loyerprinc) * 100) for logement in logements], dtype=np.int64)
    lieux = [zones[logement.commune] for logement in logements]
    colonnes = []
    for menage in types:
        reste = float(reste_a_charge_max(menage.ressources, menage.uc, voulus.seuils))
        bornes = {
            (zone, charge): loyers_max([menage.grilles[zone]], np.array([[reste - charge]]))[0, 0]
            for zone, charge in set(zip(lieux, charges))
        }
        plafonds = np.array([bornes[cle] for cle in zip(lieux, charges)], dtype=np.int64)
        payables = (loyers <= plafonds).tolist()
        colonnes.append(
            [
                payable if min(lo.nbpiece, PIECES_MAX) in menage.pieces else None
                for payable, lo in zip(payables, logements)
            ]
        )
    return list(zip(*colonnes)) if logements else []
