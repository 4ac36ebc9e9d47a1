"""The protocole d'échange of a territory: what each kind of partner reads, down to which scale (regles §9)."""

from datetime import date

from partenaires.models import Organisation, Protocole

NATURE, ECHELLE = Organisation.Nature, Protocole.Echelle
PAR_DEFAUT = (
    (NATURE.EPCI, ECHELLE.RESIDENCE),
    (NATURE.DDT, ECHELLE.RESIDENCE),
    (NATURE.BAILLEUR, ECHELLE.QPV),
)


def creer_protocole_par_defaut(epci: str, le: date) -> list[Protocole]:
    """Every source: EPCI and DDT down to the residence, bailleurs the aggregates of QPV and above.

    Adds nothing where the territory already has lines, revoked ones included: what it decided stands.
    """
    if Protocole.objects.filter(epci=epci).exists():
        return []
    return Protocole.objects.bulk_create(
        Protocole(epci=epci, partenaire=nature, source=source, echelle=echelle, debut=le)
        for nature, echelle in PAR_DEFAUT
        for source in Protocole.Source.values
    )
