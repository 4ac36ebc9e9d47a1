"""Quality of the data as a reader may see it: marks of each source, for a bailleur or for the territory, and the
residences where the sources disagree.

EPCI and DDT read each bailleur; a bailleur reads its own line, and of the others, like everyone else, only the marks of
the territory, without their figures. Counts drawn from a masked population are not shown, nor what is judged on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from diagnostic.calculs.controles_qualite import COMPTES, Axe, Source
from diagnostic.calculs.qualite import Marque, juger
from diagnostic.models import EcartResidence, QualiteBailleur, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from partenaires.models import Organisation, Parametre

__all__ = ["Axe", "LigneEcart", "LigneQualite", "Marque", "Qualite", "Source", "ecarts", "lignes", "qualite"]

PARAMETRE = "qualite_seuils"
LECTEURS_DE_LIGNES = (Organisation.Nature.EPCI, Organisation.Nature.DDT)
# What secrecy judges a group of counts on: the sources it was drawn from, the unit and the count of its population.
POPULATIONS = {
    Source.RPLS: ("rpls", "logements", "rpls_logements"),
    Source.OPS: ("ops+rpls", "enquetes", "ops_enquetes"),
    Source.GESTION: ("gestion+rpls", "gestion_occupes", "gestion_occupes"),
    Source.SNE: ("sne", "menages", "sne_attributions"),
}
ECARTS_OPS = ("enquetes", "occupes_non_enquetes", "vacants_enquetes", "ops_hors_rpls")
ECARTS_GESTION = ("gestion_logements", "gestion_occupes", "ecart_logements", "ecart_occupes")


@dataclass(frozen=True)
class LigneQualite:
    """One bailleur (`bailleur` empty: the whole territory) and millésime. `comptes`: None where unknown or masked;
    `secrets`: sources whose counts are masked. `deposes`: type of file → {depot, le}."""

    epci: str
    bailleur: str
    millesime: int
    comptes: dict[str, int | None]
    marques: dict[Source, Marque]
    deposes: dict[str, dict]
    secrets: frozenset[Source]

    @property
    def dernier_depot(self) -> date | None:
        return max((date.fromisoformat(depose["le"]) for depose in self.deposes.values()), default=None)


class Qualite:
    """The lines of one territory for one reader: one query, whatever is asked, and the reader's rights."""

    def __init__(self, adhesion, epci: str):
        self._epci, self._lecteur = epci, secret.lecteur(adhesion)
        self._adhesion = adhesion
        self._marques: dict[tuple[Source, str, int], Marque] = {}

    @cached_property
    def _lues(self) -> list[QualiteBailleur]:
        """Every line of the territory; `visible`: the reader may see it by itself; `reglages`: the thresholds."""
        if self._epci not in self._lecteur.territoires:
            return []
        siennes = QualiteBailleur.objects.visible_to(self._adhesion).filter(pk=OuterRef("pk"))
        reglages = Parametre.objects.filter(code=PARAMETRE, epci__in=["", self._epci]).order_by("epci", "debut")
        reglages = reglages.values(ligne=JSONObject(debut="debut", valeur="valeur"))
        lues = QualiteBailleur.objects.du_territoire(self._epci)
        return list(lues.annotate(visible=Exists(siennes), reglages=ArraySubquery(reglages)))

    def seuils(self, millesime: int) -> dict:
        """Thresholds in force on 31 December of the millésime, the territory's own over the platform's; none where
        there is no line to judge."""
        fin, seuils = f"{millesime}-12-31", {}
        for reglage in self._lues[0].reglages if self._lues else ():
            seuils |= reglage["valeur"] if reglage["debut"] <= fin else {}
        return seuils

    @cached_property
    def _dernieres(self) -> dict[Source, int]:
        """Latest year of each source on the territory."""
        return {source: max((lue.annee(source) or 0 for lue in self._lues), default=0) for source in Source}

    def _reference(self, source: Source, millesime: int) -> int:
        """The year that the data are read for: the current one where the territory has none later."""
        return millesime if self._dernieres[source] > millesime else max(millesime, date.today().year)

    @cached_property
    def lignes(self) -> dict[tuple[str, int], LigneQualite]:
        """(bailleur, millésime) → the lines that the reader may see."""
        return {
            (lue.bailleur, lue.millesime): self._ligne(lue.bailleur, lue.millesime) for lue in self._lues if lue.visible
        }

    @cached_property
    def territoire(self) -> dict[int, LigneQualite]:
        """Millésime → the whole territory."""
        millesimes = sorted({lue.millesime for lue in self._lues})
        return {millesime: self._ligne("", millesime) for millesime in millesimes}

    def marque(self, source: str, bailleur: str, millesime: int) -> Marque | None:
        """The marks to show beside a figure, of a bailleur or (empty) of the territory; None where nothing is known,
        or not by this reader."""
        cle = Source(source), bailleur, millesime
        if cle not in self._marques:
            lues = self._cellule(bailleur, millesime)
            if not lues:
                return None
            self._marques[cle] = self._juger(cle[0], lues, bailleur, millesime)
        return self._marques[cle]

    def _cellule(self, bailleur: str, millesime: int) -> list[QualiteBailleur]:
        """The lines that make a cell: that of a bailleur when the reader may see it, all of them for the territory."""
        if not bailleur:
            return [lue for lue in self._lues if lue.millesime == millesime]
        return [lue for lue in self._lues if lue.visible and (lue.bailleur, lue.millesime) == (bailleur, millesime)]

    def _juger(self, source: Source, lues: list[QualiteBailleur], bailleur: str, millesime: int) -> Marque:
        comptes = {code: _somme(getattr(lue, code) for lue in lues) for code in COMPTES[source]}
        marque = juger(
            source,
            comptes,
            [lue.annee(source) for lue in lues],
            millesime,
            self._reference(source, millesime),
            self.seuils(millesime),
            secret=self._masquee(source, lues, bailleur),
        )
        return marque if bailleur or self._lecteur.nature in LECTEURS_DE_LIGNES else _sans_chiffres(marque)

    def _masquee(self, source: Source, lues: list[QualiteBailleur], bailleur: str) -> bool:
        sources, base, population = POPULATIONS[source]
        parts = [(getattr(lue, population), lue.bailleur) for lue in lues if getattr(lue, population) is not None]
        if not parts:
            return False
        premier = max(parts)
        return secret.masquer(
            self._lecteur,
            epci=self._epci,
            source=sources,
            niveau=Niveau.EPCI.value,
            base=base,
            effectif=sum(effectif for effectif, _ in parts),
            bailleur=bailleur,
            premier_bailleur=premier[1],
            effectif_premier=premier[0],
        )

    def _ligne(self, bailleur: str, millesime: int) -> LigneQualite:
        lues = self._cellule(bailleur, millesime)
        marques = {source: self._juger(source, lues, bailleur, millesime) for source in Source}
        secrets = frozenset(source for source, marque in marques.items() if marque.secret)
        chiffree = bool(bailleur) or self._lecteur.nature in LECTEURS_DE_LIGNES
        comptes = {
            code: _somme(getattr(lue, code) for lue in lues) if chiffree and source not in secrets else None
            for source in Source
            for code in COMPTES[source]
        }
        deposes = lues[0].deposes if bailleur else {}
        return LigneQualite(self._epci, bailleur, millesime, comptes, marques, deposes, secrets)


def _somme(valeurs: Iterable[int | None]) -> int | None:
    connues = [valeur for valeur in valeurs if valeur is not None]
    return sum(connues) if connues else None


def _sans_chiffres(marque: Marque) -> Marque:
    constats = (replace(constat, numerateur=None, denominateur=None) for constat in marque.constats)
    return replace(marque, constats=tuple(constats))


def qualite(adhesion, epci: str) -> Qualite:
    """The quality of a territory for a membership; read once for the whole of a browser request."""
    memoire = getattr(adhesion, "memoire", None)
    if memoire is None:
        return Qualite(adhesion, epci)
    return memoire.setdefault("qualite", {}).setdefault(epci, Qualite(adhesion, epci))


def lignes(adhesion, epci=None, bailleur=None, millesime=None) -> list[LigneQualite]:
    """Territory first, then the bailleurs that the reader may see, by millésime. An unknown territory gives none."""
    connus = sorted(secret.lecteur(adhesion).territoires)
    trouvees = []
    for siren in connus if epci is None else [epci]:
        lue = qualite(adhesion, siren)
        trouvees += [*lue.territoire.values(), *lue.lignes.values()]
    return [
        ligne
        for ligne in trouvees
        if (bailleur is None or ligne.bailleur == bailleur) and (millesime is None or ligne.millesime == millesime)
    ]


@dataclass(frozen=True)
class LigneEcart:
    """A residence where sources disagree. `valeurs`: counts of EcartResidence and the two gaps with the rent roll (its
    figure less RPLS); None where unknown or masked, `secrets` names the masked ones."""

    residence: str
    code: str
    nom: str
    valeurs: dict[str, int | None]
    secrets: frozenset[str]


def ecarts(adhesion, epci: str, bailleur: str, millesime: int) -> list[LigneEcart]:
    """Residences of a bailleur, that the reader may see, with at least one gap that is not masked."""
    noms = dict(
        Residence.objects.visible_to(adhesion)
        .courantes()
        .filter(bailleur=bailleur, commune__territoire=epci)
        .order_by()
        .values_list("identifiant", "nom")
    )
    lues = EcartResidence.objects.visible_to(adhesion).filter(epci=epci, bailleur=bailleur, millesime=millesime)
    lecteur = secret.lecteur(adhesion)
    ensemble = qualite(adhesion, epci).lignes.get((bailleur, millesime))
    a_la_gestion = bool(ensemble) and ensemble.comptes["gestion_residences"] is not None
    lignes = [_ecart(lecteur, lue, noms[lue.residence]) for lue in lues if lue.residence in noms]
    return [ligne for ligne in lignes if _a_un_ecart(ligne, a_la_gestion)]


def _ecart(lecteur, lue: EcartResidence, nom: str) -> LigneEcart:
    champs = ("logements", "occupes", *ECARTS_OPS, *ECARTS_GESTION[:2], "qpv_differents")
    valeurs = {champ: getattr(lue, champ) for champ in champs}
    valeurs["ecart_logements"] = _difference(lue.gestion_logements, lue.logements)
    valeurs["ecart_occupes"] = _difference(lue.gestion_occupes, lue.occupes)
    secrets: set[str] = set()
    for source, base, effectif, masques in (
        ("ops+rpls", "enquetes", lue.enquetes, ECARTS_OPS),
        ("gestion+rpls", "gestion_occupes", lue.gestion_occupes, ECARTS_GESTION),
        ("rpls", "logements", lue.logements, ("logements", "occupes", "qpv_differents")),
    ):
        if effectif is not None and secret.masquer(
            lecteur,
            epci=lue.epci,
            source=source,
            niveau=Niveau.RESIDENCE.value,
            base=base,
            effectif=effectif,
            bailleur=lue.bailleur,
        ):
            secrets.update(masques)
    code = lue.residence.partition(":")[2]
    return LigneEcart(lue.residence, code, nom, valeurs | dict.fromkeys(secrets), frozenset(secrets))


def _difference(gestion: int | None, rpls: int | None) -> int | None:
    return None if gestion is None or rpls is None else gestion - rpls


def _a_un_ecart(ligne: LigneEcart, a_la_gestion: bool) -> bool:
    """A gap that the reader sees: a masked one never brings its residence on the list. `a_la_gestion`: there is a rent
    roll that year, from which a residence may be missing."""
    champs = ("occupes_non_enquetes", "vacants_enquetes", "ops_hors_rpls", "qpv_differents")
    absente = a_la_gestion and ligne.valeurs["gestion_logements"] is None and "gestion_logements" not in ligne.secrets
    return absente or any(ligne.valeurs[champ] for champ in (*champs, "ecart_logements", "ecart_occupes"))
