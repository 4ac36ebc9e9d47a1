"""Breakdowns of the stock (RPLS): financing, size, rents against the APL ceiling, energy, age; and low rents.

The classes of a breakdown exclude one another and sum to their common denominator.
"""

from dataclasses import dataclass

from diagnostic.calculs.indicateur import Indicateur, Source


@dataclass(frozen=True)
class Repartition:
    code: str
    titre: str
    classes: tuple[Indicateur, ...]


def _repartition(code: str, titre: str, connus, *classes, condition: str = "", porteur: str = "") -> Repartition:
    """`classes`: (code, label, condition). `porteur`: the class that holds the denominator of all; the first one."""
    porteur = porteur or classes[0][0]
    return Repartition(
        code,
        titre,
        tuple(
            Indicateur(
                code=un,
                libelle=libelle,
                source=Source.RPLS,
                unite="logements",
                base="logements",
                numerateur=numerateur,
                connus=connus,
                condition=condition,
                comme="" if un == porteur else porteur,
            )
            for un, libelle, numerateur in classes
        ),
    )


# FINAN by group (formats.md D.3); intermediate: regles §2.
FINANCEMENT = _repartition(
    "financement",
    "Financement",
    ("finan",),
    ("logements_plai", "Logements PLAI", "finan == 10 or finan == 11"),
    ("logements_plus", "Logements PLUS ou PLA", "finan == 12 or finan == 13"),
    ("logements_pls", "Logements PLS", "finan == 14"),
    ("logements_intermediaires", "Logements PLI ou PCL", "finan == 16 or finan == 17"),
    ("logements_finances_avant_1977", "Logements financés avant 1977", "(finan >= 50 and finan <= 55) or finan == 99"),
    ("logements_autre_financement", "Logements d'autre financement", "finan == 15 or finan == 49"),
)
TYPOLOGIE = _repartition(
    "typologie",
    "Nombre de pièces",
    ("nbpiece",),
    ("logements_t1", "Logements d'une pièce", "nbpiece <= 1"),
    ("logements_t2", "Logements de 2 pièces", "nbpiece == 2"),
    ("logements_t3", "Logements de 3 pièces", "nbpiece == 3"),
    ("logements_t4", "Logements de 4 pièces", "nbpiece == 4"),
    ("grands_logements", "Logements de 5 pièces et plus", "nbpiece >= 5"),
    porteur="grands_logements",
)
PERIODE = _repartition(
    "periode",
    "Période de construction",
    ("construct",),
    ("construits_avant_1947", "Construits jusqu'en 1946", "construct <= 1946"),
    ("construits_1947_1964", "Construits de 1947 à 1964", "construct >= 1947 and construct <= 1964"),
    ("construits_1965_1977", "Construits de 1965 à 1977", "construct >= 1965 and construct <= 1977"),
    ("construits_1978_1999", "Construits de 1978 à 1999", "construct >= 1978 and construct <= 1999"),
    ("construits_2000_2017", "Construits de 2000 à 2017", "construct >= 2000 and construct <= 2017"),
    ("construits_depuis_2018", "Construits depuis 2018", "construct >= 2018"),
)
DPE = _repartition(
    "dpe",
    "Étiquette énergie (DPE)",
    ("dpe",),
    *((f"dpe_{lettre.lower()}", f"DPE {lettre}", f"dpe == {rang}") for rang, lettre in enumerate("ABCDEFG", start=1)),
)
# Gap of the rent to the APL ceiling, e = (rent - ceiling) / ceiling (E3 F09 and §3.1), in exact decimals; e = 0 lies
# under, as in `loyer_sous_plafond_apl`.
ECART_APL = _repartition(
    "ecart_apl",
    "Loyer et plafond de l'APL",
    ("loyerprinc", "loyermaxapl"),
    ("loyer_apl_moins_20", "Inférieurs de plus de 20 %", "10 * loyerprinc < 8 * loyermaxapl"),
    (
        "loyer_apl_moins_10_20",
        "Inférieurs de 10 à 20 %",
        "10 * loyerprinc >= 8 * loyermaxapl and 10 * loyerprinc < 9 * loyermaxapl",
    ),
    (
        "loyer_apl_moins_0_10",
        "Inférieurs de moins de 10 %, ou égaux",
        "10 * loyerprinc >= 9 * loyermaxapl and loyerprinc <= loyermaxapl",
    ),
    (
        "loyer_apl_plus_0_10",
        "Supérieurs de 10 % au plus",
        "loyerprinc > loyermaxapl and 10 * loyerprinc <= 11 * loyermaxapl",
    ),
    (
        "loyer_apl_plus_10_20",
        "Supérieurs de 10 à 20 %",
        "10 * loyerprinc > 11 * loyermaxapl and 10 * loyerprinc <= 12 * loyermaxapl",
    ),
    ("loyer_apl_plus_20", "Supérieurs de plus de 20 %", "10 * loyerprinc > 12 * loyermaxapl"),
    condition="mode == 1",
)
REPARTITIONS = (FINANCEMENT, TYPOLOGIE, PERIODE, DPE, ECART_APL)

# Low rents by the MEL way (E3 F05): rent alone, then rent and flat charges, against the APL ceiling of the household
# that the dwelling suits at the least and at the most. Those under the lower ceiling are under the upper one: the four
# counts are nested, not exclusive.
LOYERS_MEL = _repartition(
    "mel",
    "Loyer couvert par le plafond de l'APL",
    ("loyerprinc", "plafond_apl_min"),
    ("loyer_couvert_min", "Loyer sous le plafond APL, occupation minimale", "loyerprinc <= plafond_apl_min"),
    ("loyer_couvert_max", "Loyer sous le plafond APL, occupation maximale", "loyerprinc <= plafond_apl_max"),
    (
        "loyer_charges_couvert_min",
        "Loyer et forfait de charges sous le plafond APL, occupation minimale",
        "loyerprinc + forfait_charges_min <= plafond_apl_min",
    ),
    (
        "loyer_charges_couvert_max",
        "Loyer et forfait de charges sous le plafond APL, occupation maximale",
        "loyerprinc + forfait_charges_max <= plafond_apl_max",
    ),
    condition="mode == 1",
)
# GPS&O (E3 F06): a rent per m² under the dated bound of the territory.
BAS_LOYER_M2 = Indicateur(
    code="bas_loyer_m2",
    libelle="Loyers au m² sous la borne du territoire",
    source=Source.RPLS,
    unite="logements",
    base="logements",
    numerateur="loyerprinc <= borne_loyer_m2 * surfhab",
    connus=("loyerprinc", "surfhab"),
    condition="mode == 1 and surfhab > 0",
)
# Reims (E3 F07) classes residences by this ratio.
LOYER_SUR_PLAFOND = Indicateur(
    code="loyer_sur_plafond_apl",
    libelle="Loyers rapportés aux plafonds de l'APL",
    source=Source.RPLS,
    unite="part_du_plafond",
    base="logements",
    numerateur="loyerprinc",
    connus=("loyerprinc", "loyermaxapl"),
    condition="mode == 1",
    denominateur="loyermaxapl",
    somme=True,
    decimal=True,
)
STOCK: tuple[Indicateur, ...] = (
    *(classe for repartition in REPARTITIONS for classe in repartition.classes),
    *LOYERS_MEL.classes,
    BAS_LOYER_M2,
    LOYER_SUR_PLAFOND,
)
