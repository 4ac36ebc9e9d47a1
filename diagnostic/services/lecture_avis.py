"""Opinions, notes and what is left to do, as a reader may see them. A commune reads the name and the address of the
residences that stand on it, its own opinion and the published note: no figure (regles §9, `diffusion`)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Exists, Min, OuterRef, Q

from diagnostic.calculs.avis import divergences, est_a_reevaluer
from diagnostic.models import AvisProximite, NotePubliee, Residence, TourAvis
from diagnostic.models.avis import Partie
from diagnostic.services import classes_residences
from diagnostic.services.droits_avis import partie_de

METHODE = "urhlm_hdf"  # its class is the proposed note, its rank + 1


class Etat(StrEnum):
    """Where a residence stands, for the reader."""

    A_DONNER = "a_donner"
    DONNE = "donne"
    ATTENDU = "attendu"
    DIVERGENT = "divergent"
    CONCORDANT = "concordant"
    PUBLIE = "publie"
    A_REEVALUER = "a_reevaluer"


LIBELLES = {
    Etat.A_DONNER: "avis à donner",
    Etat.DONNE: "avis donné",
    Etat.ATTENDU: "avis attendus",
    Etat.DIVERGENT: "divergence à arbitrer",
    Etat.CONCORDANT: "concordant, à publier",
    Etat.PUBLIE: "note publiée",
    Etat.A_REEVALUER: "à réévaluer",
}


@dataclass(frozen=True)
class LigneAvis:
    """A residence in its latest round. `bailleur`, `commune`: the last opinion of each side, None when not given or
    not for this reader. `publiee`: the note in force, of this round or an earlier one."""

    residence: Residence
    tour: TourAvis
    bailleur: AvisProximite | None
    commune: AvisProximite | None
    proposee: int | None
    publiee: NotePubliee | None
    etat: Etat

    @property
    def divergences(self) -> tuple[str, ...]:
        return divergences(_note(self.bailleur), _note(self.commune), self.proposee)


def _note(avis: AvisProximite | NotePubliee | None) -> int | None:
    return avis.note if avis else None


def lire(adhesion, epci: str, le: date, *, etat=None, commune=None, bailleur=None, residence=None) -> list[LigneAvis]:
    """The residences of the territory that were put to opinion, in the order of their names (five queries, whatever
    their number). Filters are exact; `residence` is SIREN:CODE."""
    exacts = {"commune": commune, "bailleur": bailleur, "residence": residence}
    exacts = {champ: valeur for champ, valeur in exacts.items() if valeur}
    visibles = TourAvis.objects.visible_to(adhesion).filter(epci=epci, **exacts)
    tours = list(visibles.order_by("residence", "-numero").distinct("residence"))
    if not tours:
        return []
    codes = [tour.residence for tour in tours]
    residences = {une.identifiant: une for une in residences_appreciees(adhesion, epci).filter(identifiant__in=codes)}
    donnes = derniers_avis([tour.pk for tour in tours], AvisProximite.objects.visible_to(adhesion))
    publiees = NotePubliee.objects.visible_to(adhesion).en_vigueur(epci, le).select_related("tour", "auteur")
    notes = {publiee.tour.residence: publiee for publiee in publiees.filter(tour__residence__in=codes)}
    proposees = notes_proposees(adhesion, epci, [residence] if residence else None)
    lignes = []
    for tour in tours:
        if tour.residence in residences:  # a residence gone from its bailleur's file is no longer put to opinion
            des_deux = [donnes.get((tour.pk, partie.value)) for partie in Partie]
            lues = (*des_deux, proposees.get(tour.residence), notes.get(tour.residence))
            lignes.append(LigneAvis(residences[tour.residence], tour, *lues, _etat(adhesion, tour, lues, le)))
    retenues = [ligne for ligne in lignes if not etat or ligne.etat == etat]
    return sorted(retenues, key=lambda ligne: (ligne.residence.cle_recherche, ligne.residence.identifiant))


def _etat(adhesion, tour: TourAvis, lues, le: date) -> Etat:
    """A side looks at what it owes, the others at what the two sides said."""
    bailleur, commune, proposee, publiee = lues
    if not tour.est_ouvert:
        return Etat.A_REEVALUER if publiee and est_a_reevaluer(publiee.echeance, le) else Etat.PUBLIE
    partie = partie_de(adhesion)
    if partie:
        return Etat.DONNE if (bailleur if partie == Partie.BAILLEUR else commune) else Etat.A_DONNER
    if not (bailleur and commune):
        return Etat.ATTENDU
    return Etat.DIVERGENT if divergences(bailleur.note, commune.note, proposee) else Etat.CONCORDANT


def residences_appreciees(adhesion, epci: str):
    """Current residences on which the reader gives or reads opinions."""
    visibles = Residence.objects.a_apprecier_par(adhesion).courantes().filter(commune__territoire=epci)
    return visibles.select_related("commune").defer("commune__contour")


def derniers_avis(tours: list[int], avis=None) -> dict[tuple[int, str], AvisProximite]:
    """(round, side) → its last opinion. `avis`: those that the reader may see, all by default."""
    avis = AvisProximite.objects.all() if avis is None else avis
    lus = avis.filter(tour__in=tours).order_by("tour_id", "partie", "-pk").distinct("tour_id", "partie")
    return {(un.tour_id, un.partie): un for un in lus.select_related("auteur")}


def notes_proposees(adhesion, epci: str, residences: list[str] | None = None) -> dict[str, int]:
    """Residence → statistical note that `urhlm_hdf` proposes at its latest millésime, where this reader may see it."""
    if partie_de(adhesion) == Partie.COMMUNE:
        return {}
    lues = classes_residences.lire(adhesion, epci, METHODE, residences=residences)
    return {residence: lue.rang + 1 for residence, lue in lues.items() if lue.rang is not None}


@dataclass(frozen=True)
class Tour:
    """A round with all that was said and published in it."""

    tour: TourAvis
    avis: list[AvisProximite]
    notes: list[NotePubliee]


def de_la_residence(adhesion, identifiant: str, le: date) -> tuple[LigneAvis, list[Tour]] | None:
    """A residence in its latest round, and every round of it, latest first; None for one that the reader may not know
    or that was never put to opinion."""
    tours = list(TourAvis.objects.visible_to(adhesion).filter(residence=identifiant).order_by("-numero"))
    residence = Residence.objects.a_apprecier_par(adhesion).courantes().filter(identifiant=identifiant)
    residence = residence.select_related("commune").defer("commune__contour").first() if tours else None
    if residence is None:
        return None
    avis = list(AvisProximite.objects.visible_to(adhesion).filter(tour__in=tours).select_related("auteur"))
    notes = list(NotePubliee.objects.visible_to(adhesion).filter(tour__in=tours).select_related("auteur"))
    suite = [Tour(t, [a for a in avis if a.tour_id == t.pk], [n for n in notes if n.tour_id == t.pk]) for t in tours]
    derniers = {un.partie: un for un in suite[0].avis}  # in the order they were given: the last one holds
    publiee = max(
        (une for une in notes if une.publiee_le <= le), key=lambda une: (une.publiee_le, une.pk), default=None
    )
    proposee = notes_proposees(adhesion, tours[0].epci, [identifiant]).get(identifiant)
    lues = (derniers.get(Partie.BAILLEUR.value), derniers.get(Partie.COMMUNE.value), proposee, publiee)
    return LigneAvis(residence, tours[0], *lues, _etat(adhesion, tours[0], lues, le)), suite


@dataclass(frozen=True)
class AFaire:
    """What the reader's organisation has left to do on a territory. `limite`: the nearest one."""

    a_donner: int = 0
    a_publier: int = 0
    en_retard: int = 0
    a_reevaluer: int = 0
    limite: date | None = None

    def __bool__(self):
        return bool(self.a_donner or self.a_publier or self.en_retard or self.a_reevaluer)


def a_faire(adhesion, epci: str, le: date) -> AFaire:
    """For the dashboards, in one query for a side and two for the EPCI."""
    siennes = Residence.objects.a_apprecier_par(adhesion).courantes().values("identifiant")
    tours = TourAvis.objects.visible_to(adhesion).filter(epci=epci, residence__in=siennes)
    avis = AvisProximite.objects.filter(tour=OuterRef("pk"))
    ouverts = tours.ouverts().annotate(
        du_bailleur=Exists(avis.filter(partie=Partie.BAILLEUR)),
        de_la_commune=Exists(avis.filter(partie=Partie.COMMUNE)),
    )
    partie = partie_de(adhesion)
    if partie:
        manque = Q(du_bailleur=False) if partie == Partie.BAILLEUR else Q(de_la_commune=False)
        lu = ouverts.aggregate(a_donner=Count("pk", filter=manque), limite=Min("limite", filter=manque))
        return AFaire(**lu)
    complets = Q(du_bailleur=True, de_la_commune=True)
    lu = ouverts.aggregate(
        a_publier=Count("pk", filter=complets), en_retard=Count("pk", filter=~complets & Q(limite__lt=le))
    )
    return AFaire(**lu, a_reevaluer=_echues(adhesion, epci, le, tours))


def _echues(adhesion, epci: str, le: date, tours) -> int:
    """Residences without an open round whose note in force is due."""
    ouvertes = tours.ouverts().values("residence")
    notes = NotePubliee.objects.visible_to(adhesion).en_vigueur(epci, le).values("pk")
    echues = NotePubliee.objects.filter(pk__in=notes, echeance__lte=le, tour__in=tours.values("pk"))
    return echues.exclude(tour__residence__in=ouvertes).count()
