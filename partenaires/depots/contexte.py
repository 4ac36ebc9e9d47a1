"""What a format's own checks and load are given: SQL over the cleaned rows, errors and warnings with their lines."""

from collections.abc import Sequence

from django.db import connection

from partenaires.depots.contrats import Format, Nature
from partenaires.depots.entetes import Correspondance
from partenaires.depots.rapport import LIGNES_CITEES, Constat, Rapport, Rapprochement
from partenaires.models import Depot, Organisation

VALEURS_CITEES = 5


class Contexte:
    """`condition` is SQL over `lignes l`; both findings and rejected rows stay inside the load's transaction."""

    def __init__(self, depot: Depot, un_format: Format, trouve: Correspondance, rapport: Rapport):
        self.depot, self.format, self.rapport, self.correspondance = depot, un_format, rapport, trouve
        # what the generic load tells: rows stored (None: not by it), deposits whose rows they close
        self.inserees: int | None = None
        self.remplaces: set[int] = set()

    @property
    def proprietaire(self) -> Organisation | None:
        """The organisation whose rows these are."""
        return self.depot.organisation

    @property
    def complet(self) -> bool:
        """Are all the columns there, and is it known whose rows these are, where the type wants an owner?"""
        possede = self.format.proprietaire is None or self.proprietaire is not None
        return possede and not self.correspondance.manquantes

    @property
    def champs_presents(self) -> set[str]:
        """Fields whose column stands in the file; the others are NULL in every row."""
        return {c.champ for c in self.format.colonnes if c.nom in self.correspondance.rangs}

    def sql(self, requete: str, parametres: Sequence | None = None):
        """Executes and returns the cursor. Without parameters a % needs no doubling."""
        curseur = connection.cursor()
        curseur.execute(requete, parametres)
        return curseur

    def valeur(self, requete: str, parametres: Sequence | None = None):
        """First column of the first row, or None."""
        ligne = self.sql(requete, parametres).fetchone()
        return ligne[0] if ligne else None

    def copier(self, requete: str):
        """Context manager of a COPY FROM STDIN."""
        return connection.cursor().copy(requete)

    def erreur(self, code: str, colonne: str, message: str, condition: str, parametres: Sequence | None = None) -> int:
        """Rejects the rows of `lignes l` that meet the condition. Returns how many."""
        rang = len(self.rapport.erreurs)  # of this finding, should there be one
        ecrire = f", ecartees AS (INSERT INTO rejets SELECT ligne, {rang} FROM visees)"
        return self._constater(self.rapport.erreurs, code, colonne, message, condition, parametres, ecrire)

    def avertir(self, code: str, colonne: str, message: str, condition: str, parametres: Sequence | None = None) -> int:
        """Lists the rows of `lignes l` that meet the condition, which load all the same. Returns how many."""
        return self._constater(self.rapport.avertissements, code, colonne, message, condition, parametres)

    def _constater(self, liste, code, colonne, message, condition, parametres, ecrire="") -> int:
        nombre, lignes = self.sql(
            f"WITH visees AS MATERIALIZED (SELECT l.ligne FROM lignes l WHERE {condition}){ecrire} "
            f"SELECT count(*), ARRAY(SELECT ligne FROM visees ORDER BY 1 LIMIT {LIGNES_CITEES}) FROM visees",
            parametres,
        ).fetchone()
        if nombre:
            liste.append(Constat(code, colonne, message + self.citer(colonne, lignes), nombre, lignes))
        return nombre

    def trouvees(self, code: str, libelle: str, sauf: str, parmi: int) -> Rapprochement:
        """Of `parmi` rows, those that no warning `sauf` lists."""
        manquantes = sum(un.nombre for un in self.rapport.avertissements if un.code == sauf)
        return Rapprochement(code, libelle, parmi - manquantes, parmi)

    def citer(self, colonne: str, lignes: list[int]) -> str:
        """The first different values of a column at these lines, as the file writes them; never personal ones."""
        la = next((c for c in self.format.colonnes if c.nom == colonne), None)
        if la is None or la.personnelle or la.nature == Nature.GEOMETRIE or la.nom not in self.correspondance.rangs:
            return ""
        rang = self.correspondance.rangs[la.nom]
        vues = self.sql(
            f"SELECT left(btrim(c{rang}), 40) FROM brut WHERE ligne = ANY(%s) AND btrim(c{rang}) <> ''"
            f" GROUP BY 1 ORDER BY min(ligne) LIMIT {VALEURS_CITEES + 1}",
            [lignes],
        ).fetchall()
        if not vues:
            return ""
        textes = ", ".join(f"« {v} »" for (v,) in vues[:VALEURS_CITEES])
        return f" Valeurs : {textes}{'…' if len(vues) > VALEURS_CITEES else ''}."

    def ecarter(self, table: str) -> int:
        """Takes out of `lignes` those that `rejets` or `doublons` lists. Returns how many."""
        return self.sql(f"DELETE FROM lignes l USING {table} x WHERE l.ligne = x.ligne").rowcount
