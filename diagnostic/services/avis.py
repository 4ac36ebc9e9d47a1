"""Opinions on residences and the notes that come of them: opening the rounds, giving an opinion, publishing a note
(E2 T32 C and G). Nothing is overwritten; whoever acts on what has changed since is told to read again.

`vu`: what the page showed when it was filled in (`empreinte`), so that two people cannot undo each other unknowingly.
"""

from datetime import date, timedelta

from django.db import connection, transaction

from diagnostic.calculs.avis import concordent
from diagnostic.models import AvisProximite, NotePubliee, TourAvis
from diagnostic.models.avis import Partie
from diagnostic.services.droits_avis import AvisInterdit, partie_de, peut_arbitrer, peut_donner
from diagnostic.services.lecture_avis import derniers_avis, notes_proposees
from partenaires.models import Parametre
from partenaires.services.conservation import dans
from partenaires.services.journal import noter

# Every current residence of the territory without an open round; with `sans_note`, those alone whose note is missing
# or due.
OUVRIR = """
INSERT INTO diagnostic_touravis (epci, residence, bailleur, commune, numero, origine, ouvert_le, limite, ouvert_par_id)
SELECT %(epci)s, r.identifiant, r.bailleur, r.commune_id,
       1 + coalesce((SELECT max(numero) FROM diagnostic_touravis t WHERE t.residence = r.identifiant), 0),
       %(origine)s, %(le)s, %(limite)s, %(auteur)s
FROM diagnostic_residence r JOIN diagnostic_commune c ON c.code = r.commune_id
LEFT JOIN LATERAL (
    SELECT p.echeance FROM diagnostic_notepubliee p JOIN diagnostic_touravis t ON t.id = p.tour_id
    WHERE t.residence = r.identifiant ORDER BY p.publiee_le DESC, p.id DESC LIMIT 1
) n ON true
WHERE r.courant AND c.territoire_id = %(epci)s
  AND CASE %(portee)s WHEN 'toutes' THEN true WHEN 'sans_note' THEN n.echeance IS NULL OR n.echeance <= %(le)s
      ELSE n.echeance <= %(le)s END
ON CONFLICT DO NOTHING
"""
PORTEES = {"toutes": "toutes les résidences du territoire", "sans_note": "celles sans note, ou dont la note est échue"}
ECHUES = "echues"


class AvisInvalide(ValueError):
    """What cannot be recorded and why, in French."""


class AvisDepasse(Exception):
    """Someone else has written in the meantime."""

    def __init__(self):
        super().__init__("Un avis ou un arbitrage a été enregistré entre-temps. Relisez, puis recommencez.")


def empreinte(*lignes) -> str:
    """What was in force when a page was shown: the ids of its opinions and publication."""
    return "-".join(str(ligne.pk) if ligne else "0" for ligne in lignes)


# --- rounds ---------------------------------------------------------------------------------------------------------


def ouvrir_campagne(adhesion, epci: str, limite: date, portee: str = "toutes", le: date | None = None) -> int:
    """Open a round on the residences of the territory; how many were opened. Raises AvisInterdit, AvisInvalide."""
    le = le or date.today()
    if not peut_arbitrer(adhesion, epci):
        raise AvisInterdit("Seul un gestionnaire de l'EPCI ouvre une campagne d'avis.")
    if portee not in PORTEES:
        raise AvisInvalide("Choisissez les résidences de la campagne dans la liste.")
    if limite <= le:
        raise AvisInvalide("La date limite est passée : choisissez un jour à venir.")
    with transaction.atomic():
        ouverts = _ouvrir(epci, TourAvis.Origine.CAMPAGNE, le, limite, portee, adhesion.utilisateur_id)
        noter(adhesion, "campagne_avis", f"{epci} : {ouverts} résidences, avis attendus le {limite:%d/%m/%Y}")
    return ouverts


def ouvrir_reevaluations(epci: str, le: date) -> int:
    """Open a round on each residence whose published note is due at that date; again for nothing, it does nothing."""
    delai = Parametre.objects.valeur("avis_delai_jours", le, epci)
    return _ouvrir(epci, TourAvis.Origine.REEVALUATION, le, le + timedelta(days=delai), ECHUES, None)


def _ouvrir(epci: str, origine: str, le: date, limite: date, portee: str, auteur: int | None) -> int:
    valeurs = {"epci": epci, "origine": origine, "le": le, "limite": limite, "portee": portee, "auteur": auteur}
    with connection.cursor() as curseur:
        curseur.execute(OUVRIR, valeurs)
        return curseur.rowcount


# --- opinions -------------------------------------------------------------------------------------------------------


def donner(adhesion, tour_id: int, note: int, commentaire: str, vu: str) -> AvisProximite:
    """Record the opinion of the member's side. The same sent twice is recorded once.

    Raises TourAvis.DoesNotExist, AvisInterdit, AvisInvalide, AvisDepasse.
    """
    with transaction.atomic():
        tour = _verrouiller(adhesion, tour_id)
        if not tour.est_ouvert:
            raise AvisInvalide("Ce tour est clos : sa note est publiée. Le prochain s'ouvrira à la réévaluation.")
        partie = partie_de(adhesion)
        if partie is None or not peut_donner(adhesion, tour):
            raise AvisInterdit("Un gestionnaire du bailleur ou de la commune donne l'avis.")
        dernier = derniers_avis([tour.pk]).get((tour.pk, partie.value))
        if dernier and (dernier.note, dernier.commentaire) == (note, commentaire):
            return dernier
        if vu != empreinte(dernier):
            raise AvisDepasse
        avis = AvisProximite(
            tour=tour, partie=partie, note=note, commentaire=commentaire, auteur_id=adhesion.utilisateur_id
        )
        avis.save()
        noter(adhesion, "avis_proximite", f"{tour} : {note}")
    return avis


# --- publication ----------------------------------------------------------------------------------------------------


def publier(adhesion, tour_id: int, note: int, motif: str, vu: str, le: date | None = None) -> NotePubliee:
    """Publish the note of a round, or arbitrate again the latest one. A reason is due unless both opinions and the
    proposed note agree on it.

    Raises TourAvis.DoesNotExist, AvisInterdit, AvisInvalide, AvisDepasse.
    """
    le = le or date.today()
    with transaction.atomic():
        tour = _verrouiller(adhesion, tour_id)
        if not peut_arbitrer(adhesion, tour.epci):
            raise AvisInterdit("Seul un gestionnaire de l'EPCI publie une note.")
        if TourAvis.objects.filter(residence=tour.residence, numero__gt=tour.numero).exists():
            raise AvisInvalide("Un tour plus récent est ouvert sur cette résidence : arbitrez celui-là.")
        publiee = tour.publications.order_by("-publiee_le", "-pk").first()
        if publiee and (publiee.note, publiee.motif) == (note, motif):
            return publiee
        donnes = derniers_avis([tour.pk])
        bailleur, commune = (donnes.get((tour.pk, partie.value)) for partie in Partie)
        if vu != empreinte(publiee, bailleur, commune):
            raise AvisDepasse
        proposee = notes_proposees(adhesion, tour.epci, [tour.residence]).get(tour.residence)
        if not motif and not _va_de_soi(note, bailleur, commune, proposee):
            raise AvisInvalide("Donnez le motif : les avis ne concordent pas tous sur cette note.")
        (nouvelle,) = _publier([tour], {tour.pk: note}, motif, le, adhesion)
    return nouvelle


def publier_concordantes(adhesion, epci: str, le: date | None = None) -> int:
    """Publish at once every open round whose two opinions and proposed note agree; how many. Raises AvisInterdit."""
    le = le or date.today()
    if not peut_arbitrer(adhesion, epci):
        raise AvisInterdit("Seul un gestionnaire de l'EPCI publie des notes.")
    with transaction.atomic():
        visibles = TourAvis.objects.visible_to(adhesion).ouverts().filter(epci=epci)
        tours = list(visibles.order_by("pk").select_for_update(of=("self",)))
        donnes = derniers_avis([tour.pk for tour in tours])
        proposees = notes_proposees(adhesion, epci)
        notes = {}
        for tour in tours:
            bailleur, commune = (donnes.get((tour.pk, partie.value)) for partie in Partie)
            if bailleur and _va_de_soi(bailleur.note, bailleur, commune, proposees.get(tour.residence)):
                notes[tour.pk] = bailleur.note
        return len(_publier([tour for tour in tours if tour.pk in notes], notes, "", le, adhesion))


def _va_de_soi(note: int, bailleur, commune, proposee: int | None) -> bool:
    """Both opinions are this note, and the proposed one, where there is one, too."""
    notes = [avis.note if avis else None for avis in (bailleur, commune)]
    return notes[0] == note and concordent(notes[0], notes[1], proposee)


def _publier(tours: list[TourAvis], notes: dict[int, int], motif: str, le: date, adhesion) -> list[NotePubliee]:
    """Write the notes of rounds that the caller holds locked, and close those that were open."""
    if not tours:
        return []
    mois = Parametre.objects.valeur("avis_reevaluation_mois", le, tours[0].epci)
    publiees = NotePubliee.objects.bulk_create(
        NotePubliee(
            tour=tour,
            note=notes[tour.pk],
            motif=motif,
            auteur_id=adhesion.utilisateur_id,
            publiee_le=le,
            echeance=dans(mois, le),
        )
        for tour in tours
    )
    TourAvis.objects.filter(pk__in=notes, clos_le=None).update(clos_le=le)
    objet = f"{tours[0]} : {notes[tours[0].pk]}" if len(tours) == 1 else f"{len(tours)} notes concordantes"
    noter(adhesion, "note_publiee", objet)
    return publiees


def _verrouiller(adhesion, tour_id: int) -> TourAvis:
    """The round, held until the end of the transaction: one opinion or arbitration of it at a time."""
    return TourAvis.objects.visible_to(adhesion).select_for_update(of=("self",)).get(pk=tour_id)
