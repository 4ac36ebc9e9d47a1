"""Quartile of a household among the applicants (regles §1; CCH L441-1 al. 23-25).

The test is `12 × revenu < s × uc` in exact decimals, with the thresholds (euros a year per UC) of the dwelling's
territory and of the year of the decision. Only s1 comes from the State: without s2 or s3 a household above s1 is in
the class « Q2-Q4 » (24), never guessed.
"""

from decimal import Decimal

Q2_Q4 = 24
TOUS = (1, 2, 3, 4)


def quartile(
    revenu: Decimal | None,
    uc: Decimal | None,
    s1: Decimal | None,
    s2: Decimal | None = None,
    s3: Decimal | None = None,
    inclusif: bool = False,
    nul_inconnu: bool = False,
) -> int | None:
    """1 to 4, 24 for « Q2-Q4 », None when unknown (blank income, UC absent or 0, no threshold).

    `inclusif`: resources equal to a threshold fall under it [P]. `nul_inconnu`: a declared 0 is unknown [P].
    """
    if revenu is None or not uc or uc < 0 or s1 is None or (revenu == 0 and nul_inconnu):
        return None

    def sous(seuil):
        return 12 * revenu < seuil * uc or (inclusif and 12 * revenu == seuil * uc)

    if sous(s1):
        return 1
    if s2 is None or s3 is None:
        return Q2_Q4
    return 2 if sous(s2) else 3 if sous(s3) else 4


def sql_quartile(revenu: str, uc: str, seuil: str, inclusif: str = "false", nul_inconnu: str = "false") -> str:
    """The same in SQL: `revenu`, `uc` are expressions, `seuil` the alias of a row with s1, s2, s3."""

    def sous(rang):
        return f"(12 * {revenu} < {seuil}.{rang} * {uc} OR ({inclusif} AND 12 * {revenu} = {seuil}.{rang} * {uc}))"

    return f"""CASE
        WHEN {revenu} IS NULL OR {uc} IS NULL OR {uc} <= 0 OR {seuil}.s1 IS NULL
             OR ({revenu} = 0 AND {nul_inconnu}) THEN NULL
        WHEN {sous("s1")} THEN 1
        WHEN {seuil}.s2 IS NULL OR {seuil}.s3 IS NULL THEN {Q2_Q4}
        WHEN {sous("s2")} THEN 2
        WHEN {sous("s3")} THEN 3
        ELSE 4 END"""


def sql_quartile_declare(alias: str) -> str:
    """Quartile that the SNE flags NB_Q1…NB_QNA declare: 1 to 4, 0 for « inconnu », NULL when nothing is declared."""
    cas = " ".join(f"WHEN {alias}.nb_q{rang} >= 1 THEN {rang}" for rang in TOUS)
    return f"CASE {cas} WHEN {alias}.nb_qna >= 1 THEN 0 END"


def sql_different(declare: str, recalcule: str) -> str:
    """Do the declared quartile (0: unknown) and the recomputed one (NULL: unknown) differ? Q2 to Q4 agree with 24."""
    return f"""({declare} IS NOT NULL AND coalesce({recalcule}, 0) <> {declare}
        AND NOT (coalesce({recalcule}, 0) = {Q2_Q4} AND {declare} IN (2, 3, 4)))"""
