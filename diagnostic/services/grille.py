"""The qualitative grid of residences: its sheets by side, the places where a workshop is held (S4 step 3; E1 I-11).
Sheets are read with the rights of `FicheGrille.visible_to`: a side reads its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from diagnostic.calculs import grille as calculs
from diagnostic.models import Appartenance, FicheGrille, Perimetre, Residence
from diagnostic.models.avis import Partie
from diagnostic.services.criteres_grille import criteres
from diagnostic.services.droits_avis import AvisInterdit, parties_saisies
from diagnostic.services.lecture_avis import residences_appreciees
from partenaires.services.journal import noter

NATURES = (Perimetre.Nature.QPV, Perimetre.Nature.SECTEUR, Perimetre.Nature.NPNRU)


class GrilleInvalide(ValueError):
    """What cannot be recorded and why, in French."""


class GrilleDepassee(Exception):
    """The side's sheet has been saved by someone else since the page was shown."""


@dataclass(frozen=True)
class LigneGrille:
    """A residence with the sheets that the reader may see."""

    residence: Residence
    bailleur: FicheGrille | None
    commune: FicheGrille | None

    @property
    def fiches(self) -> list[FicheGrille]:
        return [fiche for fiche in (self.bailleur, self.commune) if fiche]

    @property
    def notes(self) -> int:
        return calculs.comptes(fiche.notes for fiche in self.fiches)[1]

    @property
    def moyenne(self):
        return calculs.moyenne(fiche.notes for fiche in self.fiches)

    @property
    def desaccords(self) -> dict[str, int]:
        if not (self.bailleur and self.commune):
            return {}
        return calculs.desaccords(self.bailleur.notes, self.commune.notes)


# --- reading --------------------------------------------------------------------------------------------------------


def lieux(epci: str, le: date) -> dict[str, tuple[str, str]]:
    """`nature:version:code` → (nature in words, name) of the perimeters that hold a residence, in the version of each
    nature begun last at that date."""
    ici = Appartenance.objects.filter(epci=epci, dedans=True, nature=OuterRef("nature"))
    habite = Exists(ici.filter(version=OuterRef("version"), code=OuterRef("code")))
    connus = Perimetre.objects.courantes().filter(territoire=epci, nature__in=NATURES, debut__lte=le)
    champs = ("nature", "version", "code", "nom", "debut", "habite")
    lignes = list(connus.annotate(habite=habite).order_by("nature", "nom").values_list(*champs))
    dernieres = {ligne[0]: ligne[1] for ligne in sorted(lignes, key=lambda ligne: ligne[4])}
    return {
        f"{nature}:{version}:{code}": (Perimetre.Nature(nature).label, nom)
        for nature, version, code, nom, _, habitee in lignes
        if habitee and dernieres[nature] == version
    }


def residences_de(adhesion, epci: str, lieu: str) -> list[Residence]:
    """The residences of a place (`nature:version:code`, empty for all) that the reader gives an opinion on, by name. A
    place that does not exist has none."""
    visibles = residences_appreciees(adhesion, epci)
    if lieu:
        nature, version, code = (*lieu.split(":", 2), "", "")[:3]
        ici = Appartenance.objects.filter(epci=epci, nature=nature, version=version, dedans=True)
        visibles = visibles.filter(identifiant__in=ici.filter(code=code).exclude(code="").values("residence"))
    return list(visibles.order_by("cle_recherche", "identifiant"))


def lire(adhesion, epci: str, millesime: int, residences: Iterable[Residence]) -> list[LigneGrille]:
    """The sheets in force of those residences, in their order; one query."""
    residences = list(residences)
    fiches = FicheGrille.objects.visible_to(adhesion).dernieres(epci, millesime)
    lues = fiches.filter(residence__in=[une.identifiant for une in residences]).select_related("auteur")
    par_cle = {(fiche.residence, fiche.partie): fiche for fiche in lues}
    return [
        LigneGrille(
            une,
            par_cle.get((une.identifiant, Partie.BAILLEUR.value)),
            par_cle.get((une.identifiant, Partie.COMMUNE.value)),
        )
        for une in residences
    ]


def nombre_de_fiches(epci: str) -> int:
    """How many sheets the territory has, ever: when it changes, its notes are to be counted anew."""
    return FicheGrille.objects.filter(epci=epci).count()


# --- writing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saisie:
    """What one side says of a residence. `vu`: id of the sheet shown when it was filled in, 0 without."""

    partie: Partie
    notes: dict[str, int]
    appuis: str = ""
    freins: str = ""
    vu: int = 0

    @property
    def contenu(self) -> tuple:
        return self.notes, self.appuis, self.freins


def enregistrer(adhesion, epci: str, residence: str, millesime: int, saisies: list[Saisie]) -> list[FicheGrille]:
    """Save the sheets that changed, all or none; those written. The same sent twice is saved once.

    Raises Residence.DoesNotExist, AvisInterdit, GrilleInvalide, GrilleDepassee.
    """
    permises = parties_saisies(adhesion, epci)
    if not permises or any(saisie.partie not in permises for saisie in saisies):
        raise AvisInterdit("Un gestionnaire du bailleur, de la commune ou de l'EPCI remplit la grille.")
    visee = residences_appreciees(adhesion, epci).get(identifiant=residence)
    _controler(saisies, {critere.code for critere in criteres(epci, date.today())})
    with transaction.atomic():
        _verrouiller(residence)
        (ligne,) = lire(adhesion, epci, millesime, [visee])
        en_vigueur = {Partie.BAILLEUR: ligne.bailleur, Partie.COMMUNE: ligne.commune}
        ecrites = [_ecrire(adhesion, visee, millesime, une, en_vigueur[une.partie]) for une in saisies]
    return [fiche for fiche in ecrites if fiche]


def _ecrire(adhesion, residence: Residence, millesime: int, saisie: Saisie, avant: FicheGrille | None):
    """The new sheet, or None when nothing changes."""
    connu = (avant.notes, avant.appuis, avant.freins) if avant else ({}, "", "")
    if saisie.contenu == connu:
        return None
    if saisie.vu != (avant.pk if avant else 0):
        raise GrilleDepassee(
            f"La fiche ({saisie.partie.label.lower()}) a été enregistrée par quelqu'un d'autre entre-temps. "
            "Relisez-la, puis recommencez."
        )
    fiche = FicheGrille(
        epci=residence.commune.territoire_id,
        residence=residence.identifiant,
        bailleur=residence.bailleur,
        commune=residence.commune_id,
        millesime=millesime,
        partie=saisie.partie,
        notes=saisie.notes,
        appuis=saisie.appuis,
        freins=saisie.freins,
        auteur_id=adhesion.utilisateur_id,
        en_atelier=adhesion.nature not in Partie.values,
    )
    fiche.save()
    noter(adhesion, "grille_qualitative", str(fiche))
    return fiche


def _controler(saisies: list[Saisie], connus: set[str]) -> None:
    for saisie in saisies:
        if inconnus := sorted(set(saisie.notes) - connus):
            raise GrilleInvalide(f"Critère inconnu de la grille du territoire : {', '.join(inconnus)}.")
        if any(note not in calculs.NOTES for note in saisie.notes.values()):
            raise GrilleInvalide("Une note va de 1 (la meilleure) à 4 (la plus mauvaise).")
        if any(len(texte) > FicheGrille.TEXTE_MAX for texte in (saisie.appuis, saisie.freins)):
            raise GrilleInvalide(f"Un texte compte {FicheGrille.TEXTE_MAX} caractères au plus.")


def _verrouiller(residence: str) -> None:
    """One save of a residence's grid at a time, until the end of the transaction."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"grille:{residence}"])
