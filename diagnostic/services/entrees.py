"""One residence by entrance, where its RPLS tells them: counted on demand by the compiler of the indicators, masked
like cells of the residence.

The entrances sum to the residence, which the reader may see beside: where one alone is masked, the smallest of the
others is masked with it.
"""

from dataclasses import dataclass

from django.db import connection

from diagnostic.calculs import compilation
from diagnostic.calculs.definitions import PAR_CODE, Indicateur, Source
from diagnostic.models import Residence
from diagnostic.services import secret
from partenaires.models import Parametre

CODES = (
    *("menages_moins_20_pct_plus", "menages_moins_40_pct_plus", "beneficiaires_apl", "sans_emploi_ou_inactifs"),
    *("monoparentales", "titulaires_65_ans", "suroccupation", "emmenages_recents", "vacance_3_mois_rpls"),
)
MONTRES = tuple(PAR_CODE[code] for code in CODES)
CLE = ("bat", "esc", "entree")
ECHELLE = "residence"  # scale on which secrecy is judged

# The dwelling as its RPLS of the year tells it, else the latest earlier, else the earliest: as in `comptages`.
LOGEMENTS = """
WITH places AS MATERIALIZED (
    SELECT DISTINCT ON (l.ident_int) l.ident_int, l.bat, l.esc, l.entree, l.surfhab, l.nbpiece
    FROM diagnostic_passage p JOIN diagnostic_logement l ON l.bailleur = p.bailleur AND l.ident_int = p.ident_int
    WHERE p.courant AND p.bailleur = %(bailleur)s AND p.code_residence = %(code)s AND l.courant
    ORDER BY l.ident_int, (l.millesime <= %(millesime)s) DESC, abs(l.millesime - %(millesime)s), l.ident_org
)"""
LIGNES = {
    "ops": """SELECT l.bat, l.esc, l.entree, l.surfhab, l.nbpiece, o.*
        FROM diagnostic_menageops o JOIN places l USING (ident_int)
        WHERE o.courant AND o.bailleur = %(bailleur)s AND o.annee = %(millesime)s AND o.reponse = 1""",
    "rpls": """SELECT l.* FROM diagnostic_logement l JOIN places p USING (ident_int)
        WHERE l.courant AND l.bailleur = %(bailleur)s AND l.millesime = %(millesime)s""",
}


@dataclass(frozen=True)
class Cellule:
    """`effectif`: respondents, or dwellings for the stock. A masked cell has no figure."""

    numerateur: int | None
    denominateur: int | None
    effectif: int | None
    secret: bool

    @property
    def taux(self) -> float | None:
        return self.numerateur / self.denominateur if self.denominateur else None


@dataclass(frozen=True)
class Entree:
    """An entrance; its names are empty where the file tells none. `cellules`: by code, only where a row counts."""

    bat: str
    esc: str
    entree: str
    logements: int | None
    cellules: dict[str, Cellule]

    @property
    def nom(self) -> str:
        noms = (("Bât.", self.bat), ("Esc.", self.esc), ("Entrée", self.entree))
        return ", ".join(f"{mot} {nom}" for mot, nom in noms if nom) or "Sans entrée connue"


def lire(adhesion, residence: Residence, millesime: int) -> list[Entree]:
    """The entrances of a residence that the reader sees, by name; none where the RPLS tells no entrance."""
    comptes = _compter(residence, millesime)
    if not any(any(cle) for cle in comptes):
        return []
    lecteur = secret.lecteur(adhesion)
    epci = residence.commune.territoire_id
    par_code = {i.code: _cellules(lecteur, epci, residence.bailleur, i, comptes) for i in MONTRES}
    return [
        Entree(*cle, comptes[cle].get("logements"), {code: c[cle] for code, c in par_code.items() if cle in c})
        for cle in sorted(comptes, key=lambda cle: [(not nom, len(nom), nom) for nom in cle])
    ]


def _compter(residence: Residence, millesime: int) -> dict[tuple[str, str, str], dict[str, int]]:
    """(building, staircase, entrance) → counts by column."""
    recents = Parametre.objects.valeur("recents_annees", f"{millesime}-12-31", residence.commune.territoire_id)
    parametres = {
        "bailleur": residence.bailleur,
        "code": residence.code,
        "millesime": millesime,
        "recents": recents,
        "bas_loyer_m2": None,
    }
    comptes: dict[tuple[str, str, str], dict[str, int]] = {}
    with connection.cursor() as curseur:
        for balayage, lignes in LIGNES.items():
            curseur.execute(_requete(balayage, lignes), parametres)
            champs = [colonne.name for colonne in curseur.description][len(CLE) :]
            for bat, esc, entree, *nombres in curseur.fetchall():
                comptes.setdefault((bat, esc, entree), {}).update(zip(champs, nombres))
    return comptes


def _requete(balayage: str, lignes: str) -> str:
    agregats = {"repondants" if balayage == "ops" else "logements": "count(*)"}
    for indicateur in MONTRES:
        if indicateur.source in compilation.BALAYAGES[balayage]:
            agregats[indicateur.colonne_numerateur] = compilation.numerateur(indicateur)
            agregats[indicateur.colonne_denominateur] = compilation.denominateur(indicateur)
    cle = ", ".join(f"coalesce(btrim({champ}), '') AS {champ}" for champ in CLE)
    items = ", ".join(f"{sql} AS {nom}" for nom, sql in agregats.items())
    return f"""{LOGEMENTS} SELECT {cle}, {items}
        FROM (SELECT t.*, {compilation.derives(balayage)} FROM ({lignes}) t) u GROUP BY 1, 2, 3"""


def _cellules(lecteur, epci: str, bailleur: str, indicateur: Indicateur, comptes: dict) -> dict[tuple, Cellule]:
    """The cells of one indicator, entrance by entrance, masked for this reader."""
    base = "logements" if indicateur.source == Source.RPLS else "repondants"
    lues = {
        cle: (siens[indicateur.colonne_numerateur], siens[indicateur.colonne_denominateur], siens[base])
        for cle, siens in comptes.items()
        if indicateur.colonne_denominateur in siens
    }
    masquees = {
        cle
        for cle, (n, d, effectif) in lues.items()
        if secret.masquer(
            lecteur,
            epci=epci,
            source=indicateur.source,
            niveau=ECHELLE,
            base=indicateur.base,
            effectif=effectif,
            numerateur=n,
            denominateur=d,
            sensible=indicateur.code in secret.SENSIBLES,
            bailleur=bailleur,
        )
    }
    if len(masquees) == 1 and len(lues) > 1:
        masquees.add(min((cle for cle in lues if cle not in masquees), key=lambda cle: (lues[cle][2], cle)))
    return {
        cle: Cellule(None, None, None, True) if cle in masquees else Cellule(n, d, effectif, False)
        for cle, (n, d, effectif) in lues.items()
    }
