"""From counts to what one reads: target of the year, verdict, what is left, pace, alerts, secrecy (regles §2, §9)."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from fractions import Fraction

from attributions.calculs import atteintes as calculs
from attributions.calculs.objectifs_legaux import ETAT, PAR_CODE
from attributions.calculs.predicats import champs
from attributions.models import Atteinte, Objectif
from attributions.services.comptes import compter
from attributions.services.concernes import Concernes
from diagnostic.models import Perimetre, Territoire
from diagnostic.services import secret
from diagnostic.services.secret import Audience
from partenaires.models import Organisation, Parametre

RESSOURCES = {"quartile", "pct_plafond_plus", "ressources_uc", "sous_seuil_pauvrete"}
DECIMALES = 4
RESERVATAIRES = {
    "etat_prioritaire": "État, publics prioritaires",
    "etat_fonctionnaire": "État, fonctionnaires",
    "action_logement": "Action Logement",
    "commune": "Communes",
    "epci": "EPCI",
    "departement": "Département",
    "region": "Région",
    "bailleur": "Bailleurs (non réservé)",
    "autre": "Autres réservataires",
}


@dataclass
class LigneAtteinte:
    """One line of attainment, as the API and the pages show it. Masked figures are None and `secret` is true."""

    objectif: str
    libelle: str
    epci: str
    perimetre: dict
    bailleur: str | None
    qpv: str | None
    reservataire: str | None
    annee: int
    sens: str
    base: str
    cible: float | None
    cible_max: float | None
    stricte: bool
    numerateur: int | None
    denominateur: int | None
    inconnus: int | None
    taux: float | None
    atteint: bool | None
    reste_a_faire: int | dict | None
    projection: float | None
    base_attendue: int | None
    taux_periode: float | None
    details: dict | None
    par_mois: list[int] | None
    base_par_mois: list[int] | None
    au: date
    calcule_le: datetime
    alertes: list[str]
    secret: bool
    objectif_id: int
    legal: bool
    source: str
    epci_nom: str
    bailleur_nom: str | None
    qpv_nom: str | None
    reservataire_nom: str | None
    objectif_bailleur: str | None
    objectif_reservataire: str | None
    audience: str = field(default="", repr=False)

    def en_dict(self) -> dict:
        return asdict(self)


MASQUES = ("numerateur", "denominateur", "inconnus", "taux", "atteint", "reste_a_faire", "projection")
MASQUES += ("base_attendue", "taux_periode", "details", "par_mois", "base_par_mois")


def arrondi(valeur: Fraction | None) -> float | None:
    return None if valeur is None else round(float(valeur), DECIMALES)


class Lignes:
    """The lines of some objectives, from their counts of every year: earlier years give the pace and the reference."""

    def __init__(self, adhesion, objectifs, atteintes: list[Atteinte], arretes: dict[str, date], au: date | None):
        self.objectifs: dict[int, Objectif] = {o.pk: o for o in objectifs}
        self.atteintes = atteintes
        self.arretes, self.au = arretes, au
        self.lecteur = secret.lecteur(adhesion)
        epcis = {o.epci for o in objectifs}
        self.concernes = Concernes(epcis)
        self.minimums = _minimums(epcis)
        self.noms = _noms(epcis, atteintes)
        self.par_cellule: dict[tuple, dict[int, Atteinte]] = defaultdict(dict)
        for a in atteintes:
            self.par_cellule[a.objectif_id, a.bailleur, a.qpv, a.reservataire][a.annee] = a
        self.territoire = self._taux_du_territoire()

    def toutes(self) -> list[LigneAtteinte]:
        rangs = {pk: rang for rang, pk in enumerate(self.objectifs)}
        lignes = [self.ligne(a) for a in self.atteintes]
        paires = sorted(zip(self.atteintes, lignes), key=lambda p: (rangs[p[0].objectif_id], -p[0].annee))
        return [ligne for _, ligne in paires if ligne is not None]

    def ligne(self, a: Atteinte) -> LigneAtteinte | None:
        objectif = self.objectifs[a.objectif_id]
        audience = self._audience(a)
        if audience != Audience.LIGNES and self.au and self.au != self.arretes.get(a.epci):
            return None
        alertes = list(a.alertes)
        cible = self._cible(objectif, a, alertes)
        if a.denominateur < self._minimum(a):
            alertes.append(f"moins_de_{self._minimum(a)}_evenements")
        annees = self.par_cellule[a.objectif_id, a.bailleur, a.qpv, a.reservataire]
        anterieures = {annee: (autre.base_au_jour, autre.denominateur) for annee, autre in annees.items()}
        finale = calculs.base_finale(a.denominateur, a.annee, a.au, anterieures)
        observe = calculs.taux(a.numerateur, a.denominateur)
        masquee = self._masquee(a, objectif)
        ligne = LigneAtteinte(
            objectif=objectif.code,
            libelle=objectif.libelle,
            epci=a.epci,
            perimetre=objectif.perimetre,
            bailleur=a.bailleur or None,
            qpv=a.qpv or None,
            reservataire=a.reservataire or None,
            annee=a.annee,
            sens=objectif.sens,
            base=objectif.base,
            cible=arrondi(cible and cible.valeur),
            cible_max=arrondi(cible and cible.valeur_max),
            stricte=bool(cible and cible.stricte),
            numerateur=a.numerateur,
            denominateur=a.denominateur,
            inconnus=a.inconnus,
            taux=arrondi(observe),
            atteint=calculs.atteint(cible, a.numerateur, a.denominateur, self._minimum(a)),
            reste_a_faire=calculs.reste_a_faire(cible, a.numerateur, finale),
            projection=arrondi(observe),
            base_attendue=finale,
            taux_periode=arrondi(self._taux_periode(objectif, a, annees)),
            details=self._details(objectif, a),
            par_mois=a.par_mois,
            base_par_mois=a.base_par_mois,
            au=a.au,
            calcule_le=a.calcule_le,
            alertes=alertes,
            secret=masquee,
            objectif_id=objectif.pk,
            legal=objectif.legal,
            source=objectif.source,
            epci_nom=self.noms.get(a.epci, a.epci),
            bailleur_nom=self._nom(a.bailleur),
            qpv_nom=self._nom(a.qpv),
            reservataire_nom=RESERVATAIRES.get(a.reservataire, a.reservataire) or None,
            objectif_bailleur=objectif.bailleur or None,
            objectif_reservataire=objectif.reservataire or None,
            audience=str(audience),
        )
        return self._voiler(ligne, audience)

    def _nom(self, code: str) -> str | None:
        return self.noms.get(code, code) or None

    def _minimum(self, a: Atteinte) -> int:
        return _en_vigueur(self.minimums, a.epci, date(a.annee, 12, 31))

    # --- target -----------------------------------------------------------------------------------------------------

    def _cible(self, objectif: Objectif, a: Atteinte, alertes: list[str]) -> calculs.Cible | None:
        """The target of the year, or None; adds to the alerts why there is none."""
        legal = PAR_CODE.get(objectif.code) if objectif.legal else None
        if legal and legal.soumis and not self.concernes(a.epci, a.annee):
            alertes.append("non_concerne")
            return None
        if legal and legal.hors_etat and a.reservataire.startswith(ETAT):
            return None
        jalon = _jalon(objectif, a.annee)
        if jalon is None:
            return calculs.Cible(objectif.sens, Fraction(legal.cible)) if legal and legal.cible is not None else None
        if objectif.sens in (calculs.MAINTIEN, calculs.CONVERGENCE):
            return self._cible_de_reference(objectif, a, jalon, alertes)
        haute = None if jalon.valeur_max is None else Fraction(jalon.valeur_max)
        return calculs.Cible(objectif.sens, Fraction(jalon.valeur), haute, jalon.stricte)

    def _cible_de_reference(self, objectif, a, jalon, alertes) -> calculs.Cible | None:
        """*Maintien*: the recorded rate, else that of the reference year; *convergence*: the territory's rate, and the
        gap to it in the reference year. The reference year is the one before the first milestone."""
        reference = min(j.debut.year for j in objectif.jalons.all()) - 1
        avant = self.par_cellule[a.objectif_id, a.bailleur, a.qpv, a.reservataire].get(reference)
        taux_avant = calculs.taux(avant.numerateur, avant.denominateur) if avant else None
        if objectif.sens == calculs.MAINTIEN:
            valeur = taux_avant if jalon.valeur is None else Fraction(jalon.valeur)
            if valeur is None:
                alertes.append("sans_annee_de_reference")
                return None
            return calculs.Cible(objectif.sens, valeur, stricte=jalon.stricte)
        moyenne = self.territoire.get((objectif.pk, a.annee))
        moyenne_avant = self.territoire.get((objectif.pk, reference))
        if moyenne is None:
            return None
        ecart = None if taux_avant is None or moyenne_avant is None else abs(taux_avant - moyenne_avant)
        if ecart is None:
            alertes.append("sans_annee_de_reference")
        return calculs.Cible(objectif.sens, moyenne, ecart_reference=ecart)

    def _taux_du_territoire(self) -> dict[tuple[int, int], Fraction]:
        """Rate of the whole territory, same event and predicate, for the objectives of convergence."""
        vers = [o for o in self.objectifs.values() if o.sens == calculs.CONVERGENCE]
        if not vers or not self.atteintes:
            return {}
        entiers = [
            Objectif(pk=o.pk, epci=o.epci, base=o.base, predicat=o.predicat, perimetre={"type": "territoire"})
            for o in vers
        ]
        arretes = {a.epci: a.au for a in self.atteintes}
        sortie = {}
        for au in set(arretes.values()):
            comptes = compter([o for o in entiers if arretes.get(o.epci) == au], au, {"total": ()})
            sortie |= {(c.objectif, c.annee): Fraction(n.numerateur, n.denominateur) for c, n in comptes.items()}
        return sortie

    def _taux_periode(self, objectif, a: Atteinte, annees: dict[int, Atteinte]) -> Fraction | None:
        """Pooled rate of a milestone of several years, beside that of each year."""
        jalon = _jalon(objectif, a.annee)
        if jalon is None or jalon.fin is None or jalon.fin.year == jalon.debut.year:
            return None
        siennes = [autre for annee, autre in annees.items() if jalon.debut.year <= annee <= jalon.fin.year]
        return calculs.taux(sum(s.numerateur for s in siennes), sum(s.denominateur for s in siennes))

    # --- secrecy ----------------------------------------------------------------------------------------------------

    def _bailleur_seul(self, a: Atteinte) -> str:
        """The bailleur whose rows alone make the cell."""
        return a.bailleur or (a.premier_bailleur if a.par_bailleur_max == a.denominateur else "")

    def _niveau(self, a: Atteinte) -> str:
        return "qpv" if a.qpv else "epci"

    def _audience(self, a: Atteinte) -> Audience:
        return self.lecteur.audience(a.epci, "sne", self._niveau(a), self._bailleur_seul(a))

    def _masquee(self, a: Atteinte, objectif: Objectif) -> bool:
        return secret.masquer(
            self.lecteur,
            epci=a.epci,
            source="sne",
            niveau=self._niveau(a),
            base="menages",
            effectif=a.denominateur,
            numerateur=a.numerateur,
            denominateur=a.denominateur,
            sensible=bool(champs(objectif.predicat) & RESSOURCES),
            bailleur=self._bailleur_seul(a),
            premier_bailleur=a.premier_bailleur,
            effectif_premier=a.par_bailleur_max,
        )

    def _voiler(self, ligne: LigneAtteinte, audience: Audience) -> LigneAtteinte:
        """Take away what the reader may not see: every figure of a masked cell, small breakdowns of the others."""
        if ligne.secret:
            for champ in MASQUES:
                setattr(ligne, champ, None)
        if audience != Audience.LIGNES and ligne.sens in (calculs.MAINTIEN, calculs.CONVERGENCE):
            ligne.cible = None  # the rate of another year or of another cell, masked or not on its own
        if not ligne.secret and audience != Audience.LIGNES:
            ligne.details = ligne.par_mois = ligne.base_par_mois = ligne.taux_periode = None
            if ligne.inconnus and ligne.inconnus < self.lecteur.k(ligne.epci):
                ligne.inconnus = None
        return ligne

    def _details(self, objectif: Objectif, a: Atteinte) -> dict | None:
        """Q1, Q2, Q3, Q4 apart (and those known only as « Q2-Q4 »), for an objective on quartiles."""
        if "quartile" not in champs(objectif.predicat):
            return None
        return dict(zip(("q1", "q2", "q3", "q4", "q2_q4_indistincts"), a.quartiles)) | {"inconnu": a.inconnus}


def _jalon(objectif: Objectif, annee: int):
    """The latest milestone that holds in the year."""
    tenants = [
        j for j in objectif.jalons.all() if j.debut.year <= annee and (j.fin is None or j.fin >= date(annee, 1, 1))
    ]
    return max(tenants, key=lambda j: j.debut, default=None)


def _minimums(epcis) -> list[tuple[str, date, int]]:
    lignes = Parametre.objects.filter(code="minimum_evenements_verdict", epci__in=["", *epcis])
    return list(lignes.values_list("epci", "debut", "valeur"))


def _en_vigueur(lignes: list[tuple[str, date, int]], epci: str, le: date) -> int:
    """As Parametre.objects.valeur, over lines already read."""
    return max(
        (siren == epci, debut, valeur) for siren, debut, valeur in lignes if siren in ("", epci) and debut <= le
    )[2]


def _noms(epcis, atteintes) -> dict[str, str]:
    """Names of the territories, bailleurs and QPV of the lines."""
    qpv = {a.qpv for a in atteintes if a.qpv}
    bailleurs = {a.bailleur for a in atteintes if a.bailleur}
    return {
        "": "",
        **dict(
            Perimetre.objects.courantes()
            .filter(nature="qpv", code__in=qpv)
            .order_by("debut")
            .values_list("code", "nom")
        ),
        **dict(Organisation.objects.filter(siren__in=bailleurs).values_list("siren", "nom")),
        **dict(Territoire.objects.filter(siren__in=epcis).values_list("siren", "nom")),
    }
