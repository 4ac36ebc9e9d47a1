"""The benefit of the profiles that a territory needs, kept in `AplProfil`: what is missing is worked out by one
OpenFisca simulation, in a worker or a command, never in a page."""

from collections.abc import Iterable
from datetime import date

from diagnostic.calculs.apl import Grille, Profil, base_ressources, grilles
from diagnostic.calculs.perimetres import outre_mer
from diagnostic.calculs.plafonds_apl import PREMIERE
from diagnostic.models import AplProfil, Comptage, MenageQ1
from diagnostic.models.comptage import Niveau
from diagnostic.services.plafonds_apl import zones_des_communes
from partenaires.models import Parametre

CHAMPS = ("zone", "outre_mer", "couple", "charge", "base")
PARAMETRE = "accessibilite"


def zones(epci: str) -> set[tuple[int, bool]]:
    """Zones of the territory's communes, and whether the overseas scale holds there."""
    return {(zone, outre_mer(code[:3])) for code, (_, zone) in zones_des_communes(epci).items() if zone}


def bareme_du(millesime: int) -> date:
    """Scale set beside the rents of a millésime: that of 1 January."""
    return date(millesime, 1, 1)


def profils(epci: str, menages: Iterable[MenageQ1], millesime: int) -> set[Profil]:
    part = part_imposable(epci, millesime)
    lieux = zones(epci)
    return {profil_de(menage, lieu, part) for menage in menages for lieu in lieux}


def part_imposable(epci: str, millesime: int) -> float:
    return Parametre.objects.valeur(PARAMETRE, date(millesime, 12, 31), epci)["part_imposable"]


def profil_de(menage: MenageQ1, zone: tuple[int, bool], part: float) -> Profil:
    return Profil(*zone, menage.couple, menage.charge, int(base_ressources(float(menage.ressources), part)))


def lire(millesime: int, lieux: set[tuple[int, bool]]) -> dict[Profil, Grille]:
    """What is known, in the zones given."""
    connus = AplProfil.objects.filter(le=bareme_du(millesime), zone__in={zone for zone, _ in lieux})
    return {
        Profil(*cle): Grille(float(plafond), tuple(montants))
        for *cle, plafond, montants in connus.values_list(*CHAMPS, "plafond", "montants")
    }


def millesimes(epci: str) -> list[int]:
    """Those whose rents may be compared: with dwellings counted, and a scale that is known."""
    comptes = Comptage.objects.filter(epci=epci, niveau=Niveau.EPCI, population="ensemble", logements__gt=0)
    lus = comptes.filter(millesime__gt=PREMIERE.year).order_by("millesime")
    return list(lus.values_list("millesime", flat=True).distinct())


def completer(epci: str) -> int:
    """Work out what is missing for every millésime of the territory; how many profiles were."""
    menages = list(MenageQ1.objects.filter(population__epci=epci))
    return sum(_completer(epci, menages, millesime) for millesime in (millesimes(epci) if menages else ()))


def _completer(epci: str, menages: list[MenageQ1], millesime: int) -> int:
    le = bareme_du(millesime)
    voulus = profils(epci, menages, millesime)
    manquants = voulus - lire(millesime, zones(epci)).keys()
    calcules = grilles(sorted(manquants, key=lambda p: (p.zone, p.outre_mer, p.couple, p.charge, p.base)), le)
    AplProfil.objects.bulk_create(
        (
            AplProfil(le=le, plafond=grille.plafond, montants=list(grille.montants), **vars(profil))
            for profil, grille in calcules.items()
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return len(calcules)
