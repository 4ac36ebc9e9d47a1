"""Recomputation of the indices of a territory from its counts: every adopted method, every millésime, every level."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from diagnostic.calculs import copie_binaire as binaire
from diagnostic.calculs.indices import Alerte, Resultat, calculer
from diagnostic.calculs.indices_regle import Reference, Regle, lire_regle
from diagnostic.models import Indice, Methode, ProvenanceComptage, ReferenceIndice
from diagnostic.models.comptage import Niveau
from diagnostic.services import comptes_indices
from diagnostic.services.comptes_indices import Comptes
from diagnostic.services.familles import Famille, familles
from diagnostic.services.references_indices import Fixees, References, references

# Levels whose figures depend on the version of a perimeter.
SELON_PERIMETRE = (Niveau.QPV, Niveau.HORS_QPV)
TRANCHE = 50_000  # lines encoded at once
VERROU = 0x1D1CE  # advisory lock of the indices of a territory
COLONNES = (
    ("epci", "niveau", "territoire", "version", "bailleur", "commune", "qpv", "millesime", "repondants")
    + ("premier_bailleur", "repondants_premier", "calcule_le", "methode_id", "famille", "valeur", "rang_classe")
    + ("classe", "contributions", "etats", "valeurs_axes", "rangs_axes", "alertes")
)


def regle_de(methode: Methode) -> Regle:
    return lire_regle(methode.donnees())


@dataclass(frozen=True)
class Preparation:
    """What the engine reads of the places of one millésime. `familles`: code of each place, "" where the method has
    none; `empechements`: bits of Alerte that bar a value; `deduites`: the family of the place was deduced."""

    regle: Regle
    comptes: Comptes
    references: References
    familles: np.ndarray
    empechements: np.ndarray | None
    deduites: np.ndarray

    @cached_property
    def table(self) -> dict[str, np.ndarray]:
        return self.comptes.table(self.regle)

    @cached_property
    def par_place(self) -> dict[str, dict[str, tuple]]:
        return self.references.des_places(self.regle, self.familles)

    @property
    def niveaux(self) -> np.ndarray:
        return self.comptes.places["niveau"].to_numpy()


@dataclass(frozen=True)
class Evaluation:
    """A method on the places of one millésime. `familles`: code of each place, "" where the method has none."""

    comptes: Comptes
    references: References
    familles: np.ndarray
    resultat: Resultat


@dataclass(frozen=True)
class Territoire:
    """What the methods are computed from on a territory: `regles` by method, the counts, the reference years, the
    families of the residences by millésime."""

    epci: str
    regles: dict[Methode, Regle]
    comptes: Comptes
    fixees: Fixees
    familles: dict[int, dict[str, Famille]]

    def millesimes(self, regle: Regle) -> set[int]:
        return self.comptes.millesimes({c.colonne_base for c in regle.composantes})

    def preparer(self, methode: Methode, comptes: Comptes, millesime: int) -> Preparation:
        """What the engine reads of the counts of one millésime (`comptes.du_millesime`)."""
        regle = self.regles[methode]
        par_famille = any(axe.reference == Reference.FAMILLE for axe in regle.axes)
        codes, empechements, deduites = self._familles(comptes, millesime) if par_famille else _sans_famille(comptes)
        return Preparation(
            regle, comptes, references(methode, regle, comptes, self.fixees, codes), codes, empechements, deduites
        )

    def evaluer(self, methode: Methode, comptes: Comptes, millesime: int) -> Evaluation:
        """The method on the counts of one millésime."""
        prete = self.preparer(methode, comptes, millesime)
        resultat = calculer(prete.regle, prete.table, prete.par_place, prete.niveaux, prete.empechements)
        resultat.alertes[prete.deduites] |= Alerte.FAMILLE_DEDUITE
        return Evaluation(comptes, prete.references, prete.familles, resultat)

    def _familles(self, comptes: Comptes, millesime: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Code of each place, why it can have no value (bits of Alerte), whether it was deduced."""
        connues = self.familles.get(millesime, {})
        inconnue = Famille("")
        lues = [connues.get(place, inconnue) for place in comptes.places["territoire"]]
        residences = (comptes.places["niveau"] == Niveau.RESIDENCE).to_numpy()
        codes = np.where(residences, np.array([f.code for f in lues], dtype=object), "")
        sans = np.where(residences, np.where(codes == "", Alerte.FAMILLE_INCONNUE, 0), Alerte.SANS_FAMILLE)
        return codes, sans, residences & (codes != "") & np.array([f.deduite for f in lues], dtype=bool)


def _sans_famille(comptes: Comptes) -> tuple[np.ndarray, None, np.ndarray]:
    return np.full(len(comptes), "", dtype=object), None, np.zeros(len(comptes), dtype=bool)


def lire_territoire(epci: str, methodes, millesimes=None) -> Territoire | None:
    """What those methods need on the territory; None without counts. Raises RegleInvalide for a wrong method."""
    regles = {methode: regle_de(methode) for methode in methodes}
    comptes = comptes_indices.lire(epci, regles.values(), millesimes)
    if comptes is None:
        return None
    par_famille = any(axe.reference == Reference.FAMILLE for regle in regles.values() for axe in regle.axes)
    annees = sorted({int(annee) for annee in comptes.places["millesime"]})
    voulues = [annee for annee in annees if millesimes is None or annee in millesimes]
    return Territoire(
        epci,
        regles,
        comptes,
        Fixees(epci, regles, comptes.du_territoire),
        familles(epci, voulues) if par_famille else {},
    )


def recalculer(epci: str, millesimes=None, methodes=None) -> int:
    """Rewrite the indices of the territory for `millesimes` (default: all) and `methodes` (default: all those in
    service) and return the number of lines written.

    The reference year of a method that has one is settled here, at its first computation, and never changed.
    """
    with transaction.atomic():
        _chacun_son_tour(epci)
        if methodes is None:
            methodes = list(Methode.objects.en_service().du_territoire(epci))
        _effacer(epci, methodes, millesimes)
        territoire = lire_territoire(epci, methodes, millesimes)
        if territoire is None:
            return 0
        nombre = _ecrire(territoire, millesimes)
        territoire.fixees.enregistrer()
    return nombre


def _chacun_son_tour(epci: str) -> None:
    """An adoption and the nightly job wait for one another: whichever comes second reads what the first one wrote."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s, %s)", [VERROU, int(epci)])


def _effacer(epci: str, methodes, millesimes) -> None:
    for modele in (Indice, ReferenceIndice):
        anciens = modele.objects.filter(epci=epci, methode__in=methodes)
        (anciens if millesimes is None else anciens.filter(millesime__in=list(millesimes))).delete()


def _ecrire(territoire: Territoire, millesimes) -> int:
    """One COPY of every method; the references beside."""
    anterieurs = _perimetres_anterieurs(territoire.epci)
    annees = {methode: territoire.millesimes(regle) for methode, regle in territoire.regles.items()}
    lues: list[ReferenceIndice] = []
    nombre = 0
    colonnes = ", ".join(COLONNES)
    requete = f"COPY {Indice._meta.db_table} ({colonnes}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as curseur, curseur.copy(requete) as copie:
        copie.write(binaire.ENTETE)
        for millesime in sorted(set().union(*annees.values())):
            if millesimes is not None and millesime not in millesimes:
                continue
            comptes = territoire.comptes.du_millesime(millesime)
            places = _Places(territoire.epci, comptes, millesime)
            for methode, regle in territoire.regles.items():
                if millesime in annees[methode]:
                    evaluation = territoire.evaluer(methode, comptes, millesime)
                    if millesime in anterieurs:
                        evaluation.resultat.alertes[places.selon_perimetre] |= Alerte.PERIMETRE_ANTERIEUR
                    for tranche in places.tranches:
                        copie.write(
                            binaire.lignes([*places.blocs(tranche), *_blocs(methode, regle, evaluation, tranche)])
                        )
                    lues += evaluation.references.lignes(methode, territoire.epci, millesime)
                    nombre += len(comptes)
        copie.write(binaire.FIN)
    ReferenceIndice.objects.bulk_create(lues)
    return nombre


def _perimetres_anterieurs(epci: str) -> set[int]:
    """Millésimes counted on an earlier version of the QPV than the one due."""
    provenances = ProvenanceComptage.objects.filter(epci=epci, perimetre_anterieur=True)
    return set(provenances.values_list("millesime", flat=True))


class _Places:
    """The columns that do not depend on the method, encoded once a millésime."""

    def __init__(self, epci: str, comptes: Comptes, millesime: int):
        nombre = len(comptes)
        places = comptes.places
        residence = (places["niveau"] == Niveau.RESIDENCE).to_numpy()
        self.selon_perimetre = places["niveau"].isin(SELON_PERIMETRE).to_numpy()
        self.tranches = [slice(debut, debut + TRANCHE) for debut in range(0, nombre, TRANCHE)]
        self._colonnes = [
            binaire.constante(epci.encode(), nombre),
            _textes(places["niveau"]),
            _textes(places["territoire"]),
            _textes(places["version"]),
            _textes(places["bailleur"].where(residence, "")),
            _textes(places["commune"]),
            _textes(places["qpv"]),
            binaire.constante(millesime.to_bytes(2, "big"), nombre),
            binaire.entiers(np.nan_to_num(comptes.nombres[comptes_indices.ENSEMBLE]["repondants"]), 4),
            _textes(places["premier_bailleur"]),
            binaire.entiers(places["repondants_premier"].fillna(0), 4),
            binaire.instant(timezone.now(), nombre),
        ]

    def blocs(self, tranche: slice) -> list[binaire.Bloc]:
        return [binaire.Bloc(octets[tranche], gardes[tranche]) for octets, gardes in self._colonnes]


def _textes(valeurs) -> binaire.Bloc:
    return binaire.textes(np.array([valeur.encode() for valeur in valeurs], dtype="S"))


def _blocs(methode: Methode, regle: Regle, evaluation: Evaluation, tranche: slice) -> list[binaire.Bloc]:
    """The columns of one method, in the order of COLONNES."""
    resultat = evaluation.resultat
    rang = resultat.rang[tranche]
    axes = resultat.axes if regle.croisement else ()
    alertes, lesquelles = np.unique(resultat.alertes[tranche], return_inverse=True)
    return [
        binaire.constante(methode.pk.to_bytes(8, "big"), len(rang)),
        _textes(evaluation.familles[tranche]),
        binaire.doubles(resultat.valeur[tranche]),
        binaire.entiers(rang, 2, rang < 0),
        binaire.parmi(rang, [*(classe.encode() for classe in regle.classes), b""]),  # rank -1 is the last
        binaire.tableau(np.hstack([a.contributions[tranche] for a in resultat.axes]), "f8", binaire.OID_DOUBLE),
        binaire.tableau(np.hstack([a.etats[tranche] for a in resultat.axes]).astype(float), "i2", binaire.OID_SMALLINT),
        _par_axe([a.valeur[tranche] for a in axes], len(rang), "f8", binaire.OID_DOUBLE),
        _par_axe([np.where(a.rang < 0, np.nan, a.rang)[tranche] for a in axes], len(rang), "i2", binaire.OID_SMALLINT),
        binaire.parmi(lesquelles, [binaire.tableau_de_textes(Alerte(int(bits)).codes) for bits in alertes]),
    ]


def _par_axe(valeurs: list[np.ndarray], nombre: int, genre: str, oid: int) -> binaire.Bloc:
    """Of crossed axes; an empty array where there is but one."""
    if not valeurs:
        return binaire.constante(binaire.tableau_vide(oid), nombre)
    return binaire.tableau(np.column_stack(valeurs), genre, oid)
