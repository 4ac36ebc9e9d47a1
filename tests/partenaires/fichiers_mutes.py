"""Small valid files of several types, ways to mutate them, and what each must then give, worked out here in plain
Python from the mutated rows: no SQL, nothing of the engine.

A file is a grid of texts. A cell's text is drawn from tables that say what it means (`SENS`), so that the expected
outcome needs no reading of numbers or dates.
"""

import csv
import gzip
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace

import xlsxwriter

BAILLEUR, AUTRE, COMMUNE = "900100001", "900100002", "99001"
ILLISIBLE = object()
LARGEUR = ""  # the column of the finding on rows that have not the fields of the header

VIDES = dict.fromkeys(("", " ", "NA", "nc", "ND", "#N/A"))
CODES_VIDES = VIDES | dict.fromkeys(("999", "9999"))


def lus(*paires, vides=VIDES, illisibles=()):
    return dict(paires) | vides | dict.fromkeys(illisibles, ILLISIBLE)


def textes(*valeurs):
    return lus(*((v, " ".join(v.split())) for v in valeurs), illisibles=("x" * 300,))


# nature of a column → {text of a cell: what it means (None: unknown)}
SENS = {
    "siren": lus((BAILLEUR, BAILLEUR), ("900 100 001", BAILLEUR), (AUTRE, AUTRE), illisibles=("ABC", "1234567890")),
    "siret": lus((f"{BAILLEUR}00017", BAILLEUR), (f"{AUTRE}00018", AUTRE), illisibles=("ABC", "123456789012345")),
    "identifiant": textes(*(f"L{n}" for n in range(12)), "  L1 ", "Résidence  É", "Résidence É", "x,y"),
    "texte": textes("R1", "R2", "É 3;b", "dit “oui”"),
    "commune": lus((COMMUNE, COMMUNE), (" 99001 ", COMMUNE), vides=CODES_VIDES, illisibles=("00000", "Limoges")),
    "entier": lus(("3", 3), ("3,0", 3), (" 3 ", 3), ("0", 0), ("1 200", 1200), ("1\u00a0200", 1200), ("3e0", 3))
    | dict.fromkeys(("trois", "-1", "3,5", "1e99", "12/05/2020", "9" * 20, "--", "=1+1"), ILLISIBLE),
    "decimal": lus(("60,5", 60.5), ("60.50", 60.5), ("6.05e+01", 60.5), ("1 200,50", 1200.5), ("0", 0))
    | dict.fromkeys(("abc", "-3", "1.2.3", "12 m2", "NaN", "Infinity", "1,2,3"), ILLISIBLE),
    "annee": lus(("2024", 2024), ("15/06/2024", 2024), ("2023", 2023), vides=CODES_VIDES | {"0": None})
    | dict.fromkeys(("24", "202O", "31/02/2024", "l'an 2024"), ILLISIBLE),
    "date": lus(("31/12/1985", "1985-12-31"), ("1985-12-31", "1985-12-31"), ("31-12-1985 00:00:00", "1985-12-31"))
    | lus(("05/2019", "2019-05-01"), ("43586", "2019-05-01"), vides=CODES_VIDES)
    | dict.fromkeys(("31/02/2024", "32/01/2020", "13/2020", "hier"), ILLISIBLE),
    "booleen": lus(("1", 1), ("oui", 1), ("VRAI", 1), ("0", 0), ("Non", 0), illisibles=("2", "peut-être")),
    "liste": lus(*((str(n), n) for n in range(1, 6)), ("01", 1), ("2,0", 2), vides=CODES_VIDES | {"Z": None})
    | dict.fromkeys(("8", "X", "12"), ILLISIBLE),
}
FAUTES = {"liste": "valeur_hors_liste", "commune": "commune_inconnue"}
SAINES = {nature: [t for t, sens in table.items() if sens not in (None, ILLISIBLE)] for nature, table in SENS.items()}


@dataclass(frozen=True)
class Type:
    """`colonnes`: {header: nature}; `cle`: what tells two rows apart; `non_vides`: columns that each row must fill."""

    nom: str
    colonnes: dict[str, str]
    obligatoires: tuple[str, ...]
    cle: tuple[str, ...]
    non_vides: tuple[str, ...]
    proprietaire: str
    millesime: int | None = None


def type_de(nom, colonnes, facultatives, cle, non_vides, proprietaire="SIREN_BAILLEUR", millesime=None):
    obligatoires = tuple(c for c in colonnes if c not in facultatives)
    return Type(nom, colonnes, obligatoires, cle, non_vides, proprietaire, millesime)


TYPES = [
    type_de(
        "gestion",
        {"SIREN_BAILLEUR": "siren", "CODE_RESIDENCE": "identifiant", "ANNEE": "annee", "NB_LOGEMENTS": "entier"}
        | {"NB_OCCUPES": "entier", "NB_VACANTS_3MOIS": "entier", "NB_REFUS": "entier"},
        ("NB_VACANTS_3MOIS", "NB_REFUS"),
        ("CODE_RESIDENCE", "ANNEE"),
        ("SIREN_BAILLEUR", "CODE_RESIDENCE", "ANNEE"),
    ),
    type_de(
        "passage",
        {"SIREN_BAILLEUR": "siren", "IDENT_INT": "identifiant", "CODE_RESIDENCE": "texte"},
        (),
        ("IDENT_INT",),
        ("SIREN_BAILLEUR", "IDENT_INT"),
    ),
    type_de(
        "ops",
        {"SIREN_BAILLEUR": "siren", "IDENT_INT": "identifiant", "ANNEE": "annee", "REPONSE": "booleen"}
        | {"DATE_ENTREE": "date", "NB_OCCUPANTS": "entier", "COMPOSITION": "liste", "PCT_PLAFOND_PLUS": "decimal"},
        ("DATE_ENTREE", "NB_OCCUPANTS", "COMPOSITION", "PCT_PLAFOND_PLUS"),
        ("IDENT_INT", "ANNEE"),
        ("SIREN_BAILLEUR", "IDENT_INT", "ANNEE"),
    ),
    type_de(
        "rpls",
        {"IDENT_REP": "texte", "IDENT_INT": "identifiant", "IDENT_ORG": "texte", "SIRET": "siret"}
        | {"DEPCOM": "commune", "NBPIECE": "entier", "SURFHAB": "decimal", "CONSTRUCT": "annee", "MODE": "liste"}
        | {"DATCONV": "date", "LOYERPRINC": "decimal", "COMPLGEO": "texte"},
        ("SIRET", "DATCONV", "LOYERPRINC", "COMPLGEO"),
        ("IDENT_INT", "IDENT_ORG"),
        ("IDENT_INT", "IDENT_ORG", "DEPCOM"),
        "SIRET",
        2025,
    ),
]


@dataclass(frozen=True)
class Table:
    """A file to be: `entetes` as written, `colonnes` the column that each one is (None: unknown)."""

    type: Type
    entetes: list[str]
    colonnes: list[str | None]
    lignes: list[list[str]]
    separateur: str = ";"
    fin: str = "\n"
    encodage: str = "utf-8"
    guillemets: bool = False
    emballage: str = ""  # "", gz, zip, xlsx

    def avec(self, **changements) -> "Table":
        return replace(self, **changements)

    def octets(self) -> bytes:
        if self.emballage == "xlsx":
            return self.classeur()
        sortie = io.StringIO()
        regle = csv.QUOTE_ALL if self.guillemets else csv.QUOTE_MINIMAL
        ecrivain = csv.writer(sortie, delimiter=self.separateur, lineterminator=self.fin, quoting=regle)
        ecrivain.writerows([self.entetes, *self.lignes])
        brut = sortie.getvalue().encode(self.encodage, "replace")
        if self.emballage == "gz":
            return gzip.compress(brut)
        return self.zip(brut) if self.emballage == "zip" else brut

    def zip(self, brut: bytes) -> bytes:
        sortie = io.BytesIO()
        with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("fichier.csv", brut)
        return sortie.getvalue()

    def classeur(self) -> bytes:
        sortie = io.BytesIO()
        with xlsxwriter.Workbook(sortie, {"in_memory": True}) as classeur:
            feuille = classeur.add_worksheet()
            for i, ligne in enumerate([self.entetes, *self.lignes]):
                for j, texte in enumerate(ligne):
                    feuille.write_string(i, j, texte)
        return sortie.getvalue()


@dataclass
class Attendu:
    """What the platform must answer. `erreurs`: {(code, column): lines}; `cles`: keys in force once loaded."""

    erreurs: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    lues: int = 0
    en_double: int = 0
    bonnes: int = 0

    def noter(self, code: str, colonne: str, ligne: int):
        self.erreurs[code, colonne].append(ligne)


def attendre(table: Table) -> Attendu:
    attendu, vues = Attendu(), [c for c in table.colonnes if c]
    for nom in {c for c in vues if vues.count(c) > 1}:
        attendu.noter("fichier_illisible", nom, 1)
    if attendu.erreurs:
        return attendu
    for nom in table.type.obligatoires:
        if nom not in vues:
            attendu.noter("colonne_manquante", nom, 1)
    if not vues:
        return attendu
    lues = {n: ligne for n, ligne in enumerate(table.lignes, 2) if any(v.strip() for v in ligne)}
    attendu.lues = len(lues)
    if not lues:
        attendu.noter("fichier_vide", "", 0)
        return attendu
    rejetees: set[int] = set()
    sens = {}
    for numero, ligne in lues.items():
        if irreguliere(table, ligne):
            attendu.noter("valeur_illisible", LARGEUR, numero)
        else:
            sens[numero] = lire(table, ligne)
            rejetees |= {numero for faute in fautes(table, sens[numero], attendu, numero) if faute}
    if not set(table.type.obligatoires) <= set(vues):
        return attendu
    doubles = comparer(table.type, sens, attendu, rejetees)
    attendu.bonnes = len(sens.keys() - rejetees - doubles)
    return attendu


def irreguliere(table: Table, ligne: list[str]) -> bool:
    largeur = len(table.entetes)
    if table.emballage == "xlsx":
        return any(v.strip() for v in ligne[largeur:])
    return len(ligne) < largeur or any(v.strip() for v in ligne[largeur:])


def lire(table: Table, ligne: list[str]) -> dict:
    """{column: meaning} of a row; a column that is not in the file is unknown."""
    cases = {c: v for c, v in zip(table.colonnes, ligne) if c}
    sens = {c: SENS[nature][cases[c]] if c in cases else None for c, nature in table.type.colonnes.items()}
    if table.type.proprietaire == "SIRET" and sens["SIRET"] not in (None, ILLISIBLE):
        sens["SIRET"] = cases["SIRET"]
    return sens


def fautes(table: Table, sens: dict, attendu: Attendu, numero: int):
    """Notes the faults of one row in the columns that are there, and gives True for each."""
    type = table.type
    for colonne, nature in type.colonnes.items():
        if colonne not in table.colonnes:
            continue
        if sens[colonne] is ILLISIBLE:
            yield not attendu.noter(FAUTES.get(nature, "valeur_illisible"), colonne, numero)
        elif sens[colonne] is None and colonne in type.non_vides:
            yield not attendu.noter("cle_vide", colonne, numero)
    siren = sens[type.proprietaire]
    if siren not in (None, ILLISIBLE) and siren[:9] != BAILLEUR:
        yield not attendu.noter("organisation_interdite", type.proprietaire, numero)


def comparer(type: Type, sens: dict[int, dict], attendu: Attendu, rejetees: set[int]) -> set[int]:
    """Rows that repeat another; those of a key with two contents are in error, every one of them."""
    par_cle = defaultdict(list)
    for numero, un in sens.items():
        cle = tuple(un[c] for c in type.cle)
        if not any(v is None or v is ILLISIBLE for v in cle):
            par_cle[cle].append(numero)
    doubles: set[int] = set()
    for numeros in par_cle.values():
        if all(sens[n] == sens[numeros[0]] for n in numeros):
            doubles |= set(numeros[1:])
        else:
            for numero in numeros:
                attendu.noter("cle_en_double", type.cle[0], numero)
            rejetees |= set(numeros)
    attendu.en_double = len(doubles)
    return doubles
