"""Sheets of one residence, as documents: its portrait (S4) and its building card (Nantes, E1 I-5)."""

from collections.abc import Iterable
from datetime import date

from diagnostic.calculs.barres import Barre, barres
from diagnostic.calculs.definitions import Population
from diagnostic.calculs.document import (
    ECART,
    ENTIER,
    INDICE,
    SECRET,
    Cellule,
    Chiffre,
    Colonne,
    Document,
    Figure,
    Partie,
    Tableau,
)
from diagnostic.calculs.familles import FAMILLES
from diagnostic.models import NotePubliee, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import grille, indicateurs, indices, secret
from diagnostic.services.indicateurs import LigneIndicateur
from diagnostic.services.mesures import EN_PART
from partenaires.api.tableaux import audience_de
from partenaires.calculs.nombres import mesure

# Nantes: six criteria mapped by building (E1 I-5).
CRITERES_IMMEUBLE = (
    "titulaires_65_ans",
    "personnes_seules",
    "monoparentales",
    "menages_plus_60_pct_plus",
    "occupants_moyen",
    "demandes_mutation",
)
ENSEMBLE = Population.ENSEMBLE.value
LIEUX = (Niveau.RESIDENCE, Niveau.EPCI)


class Lues:
    """The indicators of a residence and of its territory, every millésime: one reading for the whole sheet."""

    def __init__(self, adhesion, residence: Residence):
        epci = residence.commune.territoire_id
        lieux = (residence.identifiant, epci)
        # `iter`: a list of the sequence itself would count it first
        suite = indicateurs.lire(adhesion, epci=epci, niveau=LIEUX, territoire=lieux, nommees=False)
        self.lignes = list(iter(suite))
        self._par_cle = {(ligne.niveau, ligne.code, ligne.population, ligne.millesime): ligne for ligne in self.lignes}

    def ici(self, code: str, population: str, millesime: int) -> LigneIndicateur | None:
        return self._par_cle.get((Niveau.RESIDENCE, code, population, millesime))

    def territoire(self, code: str, population: str, millesime: int) -> LigneIndicateur | None:
        return self._par_cle.get((Niveau.EPCI, code, population, millesime))

    def de_la_residence(self, millesime: int) -> list[LigneIndicateur]:
        return [ligne for ligne in self.lignes if ligne.niveau == Niveau.RESIDENCE and ligne.millesime == millesime]

    @property
    def annees(self) -> list[int]:
        return sorted({ligne.millesime for ligne in self.lignes if ligne.niveau == Niveau.RESIDENCE})


def taux(ligne: LigneIndicateur | None) -> Cellule:
    if ligne is None:
        return None
    return SECRET if ligne.secret else Chiffre(ligne.taux, ligne.unite)


def compte(ligne: LigneIndicateur, valeur) -> Cellule:
    return SECRET if ligne.secret else valeur


def ecart(ici: LigneIndicateur | None, la: LigneIndicateur | None) -> Cellule:
    """In points, for shares; nothing where the two are not of the same kind or one is unknown."""
    if ici is None or la is None or ici.unite not in EN_PART:
        return None
    if ici.secret or la.secret:
        return SECRET
    return None if ici.taux is None or la.taux is None else ici.taux - la.taux


def _audience(adhesion, residence: Residence) -> str:
    epci = residence.commune.territoire_id
    niveau = secret.lecteur(adhesion).audience(epci, "ops", Niveau.RESIDENCE, residence.bailleur)
    return audience_de(adhesion, niveau.value)


COMPAREES = (
    Colonne("Résidence", "menages"),
    Colonne("Comptés", ENTIER),
    Colonne("Sur", ENTIER),
    Colonne("Territoire", "menages"),
    Colonne("Écart", ECART),
)


def comparer(ici: LigneIndicateur, la: LigneIndicateur | None) -> tuple[Cellule, ...]:
    """The cells of COMPAREES."""
    return taux(ici), compte(ici, ici.numerateur), compte(ici, ici.denominateur), taux(la), ecart(ici, la)


# --- portrait -------------------------------------------------------------------------------------------------------
def portrait(adhesion, residence: Residence, millesime: int, le: date) -> Document:
    """Who and where, stock and occupation beside the territory's, trend, classes, opinions, provenance."""
    lues = Lues(adhesion, residence)
    epci = residence.commune.territoire_id
    return Document(
        titre=f"Portrait de la résidence {residence.nom}",
        sous_titre=f"{residence.commune.nom}, millésime {millesime}",
        audience=_audience(adhesion, residence),
        le=le,
        parties=(
            Partie("Identité", contenus=(_identite(residence),)),
            Partie("Parc et occupation", contenus=(_occupation(lues, millesime),)),
            Partie("Évolution", contenus=(_evolution(lues),)),
            Partie("Classes selon chaque méthode", contenus=tuple(_classes(adhesion, residence, millesime))),
            Partie("Appréciations", contenus=tuple(_appreciations(adhesion, residence, millesime, le))),
            Partie("D'où viennent ces chiffres", contenus=(provenance(adhesion, epci, millesime),)),
        ),
    )


def _identite(residence: Residence) -> Tableau:
    lignes = (
        ("Bailleur", residence.nom_bailleur or residence.bailleur),
        ("Code", residence.code),
        ("Adresse", residence.adresse),
        ("Commune", f"{residence.commune.nom} ({residence.commune_id})"),
        ("Famille de patrimoine", FAMILLES.get(residence.famille, residence.famille)),
        ("Située par un point", "oui" if residence.longitude is not None else "non"),
    )
    return Tableau("La résidence", (Colonne("Donnée"), Colonne("Valeur")), lignes)


def _occupation(lues: Lues, millesime: int) -> Tableau:
    return Tableau(
        "Indicateurs de la résidence et du territoire",
        (Colonne("Indicateur"), Colonne("Population"), *COMPAREES),
        tuple(
            (
                ligne.libelle,
                Population(ligne.population).libelle,
                *comparer(ligne, lues.territoire(ligne.code, ligne.population, millesime)),
            )
            for ligne in lues.de_la_residence(millesime)
        ),
        vide="Aucun indicateur cette année : l'OPS, l'état locatif ou le RPLS de la résidence n'est pas encore déposé.",
    )


def _evolution(lues: Lues) -> Tableau:
    annees = lues.annees
    libelles = {ligne.code: ligne.libelle for ligne in lues.lignes if ligne.niveau == Niveau.RESIDENCE}
    return Tableau(
        "Indicateurs d'une année à l'autre, tous les locataires",
        (Colonne("Indicateur"), *(Colonne(str(annee), "menages") for annee in annees)),
        tuple(
            (libelle, *cellules)
            for code, libelle in libelles.items()
            if any(cellules := tuple(taux(lues.ici(code, ENSEMBLE, annee)) for annee in annees))
        ),
    )


def _classes(adhesion, residence: Residence, millesime: int) -> Iterable[Tableau]:
    place = {"niveau": Niveau.RESIDENCE, "territoire": residence.identifiant, "epci": residence.commune.territoire_id}
    lues = list(iter(indices.lire(adhesion, **place, millesime=millesime, nommees=False)))
    yield Tableau(
        "Indices et classes",
        (Colonne("Méthode"), Colonne("Valeur", INDICE), Colonne("Classe"), Colonne("Répondants", ENTIER)),
        tuple(
            (
                ligne.definition.libelle,
                SECRET if ligne.secret else ligne.valeur,
                SECRET if ligne.secret else ligne.classe or "sans valeur",
                SECRET if ligne.secret else ligne.repondants,
            )
            for ligne in lues
        ),
        vide="Aucun indice cette année.",
    )
    yield Tableau(
        "Ce qui fait chaque indice",
        (Colonne("Méthode"), Colonne("Axe"), Colonne("Composante"), Colonne("Taux", "menages"))
        + (Colonne("Poids", "menages"), Colonne("Contribution", INDICE)),
        tuple(
            (
                ligne.definition.libelle,
                axe.nom,
                f"{LIBELLES[c.code]}, {Population(c.population).libelle}",
                SECRET if c.secret else Chiffre(c.taux, UNITES[c.code]),
                Chiffre(c.poids, "menages"),
                SECRET if c.secret else c.contribution,
            )
            for ligne in lues
            for axe in ligne.axes
            for c in axe.contributions
        ),
    )


LIBELLES = {indicateur.code: indicateur.libelle for indicateur in indicateurs.INDICATEURS}
UNITES = {indicateur.code: indicateur.unite for indicateur in indicateurs.INDICATEURS}


def _appreciations(adhesion, residence: Residence, millesime: int, le: date) -> Iterable[Tableau]:
    epci = residence.commune.territoire_id
    publiees = NotePubliee.objects.visible_to(adhesion).en_vigueur(epci, le)
    publiee = publiees.filter(tour__residence=residence.identifiant).first()
    if publiee is not None:
        yield Tableau(
            "Qualité de bien vivre ensemble, de 1 (excellente) à 4 (à travailler)",
            (Colonne("Note publiée"), Colonne("Le"), Colonne("À réévaluer le")),
            ((str(publiee.note), f"{publiee.publiee_le:%d/%m/%Y}", f"{publiee.echeance:%d/%m/%Y}"),),
        )
    (ligne,) = grille.lire(adhesion, epci, millesime, [residence])
    if ligne.fiches:
        yield Tableau(
            "Grille qualitative",
            (Colonne("Côté"), Colonne("Points d'appui"), Colonne("Freins")),
            tuple((fiche.get_partie_display(), fiche.appuis, fiche.freins) for fiche in ligne.fiches),
        )


def provenance(adhesion, epci: str, millesime: int) -> Tableau:
    """What the figures of a territory and millésime were made from."""
    return Tableau(
        "Dépôts et versions",
        (Colonne("Source"), Colonne("Dépôts"), Colonne("Version des QPV"), Colonne("Calculé le")),
        tuple(
            (
                p.source.upper(),
                ", ".join(f"n° {numero}" for numero in p.depots) or "aucun",
                p.perimetre_version + (" (antérieure à défaut)" if p.perimetre_anterieur else ""),
                f"{p.calcule_le:%d/%m/%Y}",
            )
            for p in indicateurs.provenances(adhesion, epci, millesime)
        ),
    )


# --- building card --------------------------------------------------------------------------------------------------
def carte_immeuble(adhesion, residence: Residence, millesime: int, le: date) -> Document:
    """The six criteria of Nantes for one residence, beside its territory's."""
    lues = Lues(adhesion, residence)
    paires = [
        (ici, lues.territoire(code, ENSEMBLE, millesime))
        for code in CRITERES_IMMEUBLE
        if (ici := lues.ici(code, ENSEMBLE, millesime)) is not None
    ]
    tableau = Tableau(
        "Six critères",
        (Colonne("Critère"), *COMPAREES),
        tuple((ici.libelle, *comparer(ici, la)) for ici, la in paires),
        vide="Aucun critère cette année : l'OPS ou l'état locatif de la résidence n'est pas encore déposé.",
    )
    dessinees = [(ici, la) for ici, la in paires if ici.unite in EN_PART]
    figures = (_figure(residence, dessinees),) if dessinees else ()
    return Document(
        titre=f"Fiche d'immeuble : {residence.nom}",
        sous_titre=f"{residence.nom_bailleur or residence.bailleur}, {residence.commune.nom}, millésime {millesime}",
        audience=_audience(adhesion, residence),
        le=le,
        parties=(
            Partie("La résidence", contenus=(_identite(residence),)),
            Partie("L'occupation sociale", contenus=(*figures, tableau)),
        ),
    )


def _figure(residence: Residence, paires: list[tuple[LigneIndicateur, LigneIndicateur | None]]) -> Figure:
    def en_mots(ligne):
        if ligne is None or ligne.taux is None:
            return "inconnu"
        return "secret" if ligne.secret else mesure(ligne.taux, ligne.unite)

    def longueur(ligne):
        return None if ligne is None or ligne.secret else ligne.taux

    dessin = barres([Barre(ici.libelle, longueur(ici), longueur(la), en_mots(ici), en_mots(la)) for ici, la in paires])
    texte = " ; ".join(f"{ici.libelle} : {en_mots(ici)}, territoire {en_mots(la)}" for ici, la in paires)
    return Figure(f"{residence.nom} et son territoire", dessin, texte)
