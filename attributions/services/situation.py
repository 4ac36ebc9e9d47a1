"""SQL fragments shared by the import and the nightly recompute: the dwelling an allocation points to, its place, the
thresholds that hold, a dated parameter. Each takes expressions over the rows of the caller.
"""


def sql_logement(evenement: str, annee: str) -> str:
    """The dwelling NUMERORPLS points to, among those of SIREN_RADIATION: latest millésime at or before the event, else
    the earliest (regles §0)."""
    return f"""(
        SELECT l.bailleur, l.ident_int, l.commune, l.qpv, l.finan
        FROM diagnostic_logement l
        WHERE l.courant AND l.bailleur = {evenement}.bailleur AND l.ident_rep = {evenement}.numero_rpls
        ORDER BY (l.millesime <= {annee}) DESC NULLS LAST,
                 CASE WHEN l.millesime <= {annee} THEN -l.millesime ELSE l.millesime END, l.ident_int, l.ident_org
        LIMIT 1)"""


def sql_place(logement: str) -> str:
    """Joins from a dwelling to its residence: aliases `passage` and `residence`."""
    return f"""
        LEFT JOIN diagnostic_passage passage
            ON passage.courant AND passage.bailleur = {logement}.bailleur AND passage.ident_int = {logement}.ident_int
        LEFT JOIN diagnostic_residence residence
            ON residence.courant AND residence.bailleur = passage.bailleur
            AND residence.code = passage.code_residence"""


def sql_seuil(epci: str, annee: str) -> str:
    """The thresholds of the territory and year, else of the latest earlier year (regles §1)."""
    return f"""(
        SELECT s.annee, s.s1, s.s2, s.s3 FROM attributions_seuilquartile s
        WHERE s.courant AND s.s1 IS NOT NULL AND s.epci = {epci} AND s.annee <= {annee}
        ORDER BY s.annee DESC LIMIT 1)"""


def sql_parametre(code: str, le: str, epci: str) -> str:
    """Value (jsonb) of a dated parameter at `le`: the territory's own line, else the platform's."""
    return f"""(
        SELECT p.valeur FROM partenaires_parametre p
        WHERE p.code = '{code}' AND p.epci IN ('', {epci}) AND p.debut <= {le}
        ORDER BY p.epci DESC, p.debut DESC LIMIT 1)"""
