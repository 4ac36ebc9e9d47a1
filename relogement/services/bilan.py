"""The figures of one set of households, shown or masked for their reader (regles §7 and §9)."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from diagnostic.services import secret
from relogement.calculs import criteres as calculs


@dataclass(frozen=True)
class Critere:
    """One criterion over the rehoused. Rates between 0 and 1, four decimals; masked: all None and `secret`."""

    numerateur: int | None
    denominateur: int | None
    non_renseignes: int | None
    taux: float | None
    cible: float | None
    ecart: float | None
    secret: bool = False


@dataclass(frozen=True)
class Bilan:
    """The figures of one set of households; a masked figure is None and `secret` names its part."""

    menages: int | None
    etats: dict[str, int | None]
    criteres: dict[str, Critere]
    minorations: dict[str, int | float | None]
    propositions: int | None
    refus_par_motif: dict[str, int | None]
    secret: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Masque:
    """Shows or masks the figures of one set of households. In a breakdown that sums to a total, one masked cell masks
    the breakdown, so that it cannot be worked out from the others."""

    lecteur: secret.Lecteur
    epci: str
    niveau: str
    part_prise: str  # SIREN of a bailleur that takes part in these projects and reads them

    def masquer(self, effectif, premiers, numerateur=None, denominateur=None, sensible=False) -> bool:
        """`premiers`: the bailleur of each household of the population, for dominance."""
        parts = premiers.value_counts()
        return secret.masquer(
            self.lecteur,
            epci=self.epci,
            source="relogement",
            niveau=self.niveau,
            base="menages",
            effectif=effectif,
            numerateur=numerateur,
            denominateur=denominateur,
            sensible=sensible,
            bailleur=self.part_prise,
            premier_bailleur=parts.index[0] if len(parts) else "",
            effectif_premier=int(parts.iloc[0]) if len(parts) else None,
        )

    def bilan(self, *, menages, etats, criteres, reloges, programmees, offres) -> Bilan:
        total, origine = len(menages), menages["bailleur_origine"]
        parties = {
            "menages": self.masquer(total, origine),
            "etats": any(self.masquer(total, origine, int(n), total) for n in etats.value_counts()),
        }
        rendus = {nom: self.critere(nom, compte, cible, reloges) for nom, (compte, cible) in criteres.items()}
        accordees = reloges[reloges["minoration"].map(lambda m: m is not None and m > 0).astype(bool)]
        parties["minorations"] = self.masquer(
            len(reloges), reloges["bailleur_destination"], len(accordees), len(reloges)
        )
        refus = offres.loc[offres["motif_refus"] != "", "motif_refus"].value_counts()
        parties["propositions"] = self.masquer(total, origine, len(offres)) or any(
            self.masquer(total, origine, int(n)) for n in refus
        )
        return Bilan(
            menages=None if parties["menages"] else total,
            etats={e: None if parties["etats"] else int((etats == e).sum()) for e in calculs.ETATS},
            criteres=rendus,
            minorations={
                "accordees": None if parties["minorations"] else len(accordees),
                "montant_mensuel": None if parties["minorations"] else float(sum(accordees["minoration"], Decimal(0))),
                "programmees": programmees,
            },
            propositions=None if parties["propositions"] else len(offres),
            refus_par_motif={}
            if parties["propositions"]
            else {motif: int(n) for motif, n in sorted(refus.items(), key=lambda paire: (-paire[1], paire[0]))},
            secret=[partie for partie, masquee in parties.items() if masquee],
        )

    def critere(self, nom, compte: calculs.Compte, cible, reloges) -> Critere:
        valeur = None if cible is None else float(round(cible.valeur, 4))
        masque = self.masquer(
            compte.denominateur,
            reloges["bailleur_destination"],
            compte.numerateur,
            compte.denominateur,
            sensible=nom == "reste_a_charge",
        ) or self.masquer(len(reloges), reloges["bailleur_destination"], compte.non_renseignes, len(reloges))
        if masque:
            return Critere(None, None, None, None, valeur, None, secret=True)
        taux = compte.taux
        return Critere(
            compte.numerateur,
            compte.denominateur,
            compte.non_renseignes,
            None if taux is None else float(round(taux, 4)),
            valeur,
            None if taux is None or cible is None else float(round(taux - Fraction(cible.valeur), 4)),
        )
