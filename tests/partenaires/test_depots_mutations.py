"""Valid files mutated in many ways: loaded with the counts worked out from the mutated rows, or refused with exactly
the faults that were put in and the database untouched. Never an exception."""

import itertools

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import importer
from partenaires.models import Depot, Organisation
from tests import fabriques as f
from tests.partenaires.fichiers_mutes import BAILLEUR, SAINES, SENS, TYPES, Table, attendre

pytestmark = pytest.mark.django_db
EXEMPLES = 80
LIGNES_MAX = 8
REGLAGES = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
}
PARTS = ("lignes_chargees", "lignes_inchangees", "lignes_en_double", "lignes_rejetees")
numeros = itertools.count()


# --- valid files ----------------------------------------------------------------------------------------------------
@st.composite
def valides(tirer):
    un_type = tirer(st.sampled_from(TYPES))
    nombre = tirer(st.integers(1, LIGNES_MAX))
    lignes = [
        [tirer(valeur(colonne, nature, rang)) for colonne, nature in un_type.colonnes.items()] for rang in range(nombre)
    ]
    return Table(un_type, list(un_type.colonnes), list(un_type.colonnes), lignes)


def valeur(colonne, nature, rang):
    if colonne in ("SIREN_BAILLEUR", "SIRET"):
        return st.sampled_from([texte for texte in SAINES[nature] if SENS[nature][texte] == BAILLEUR])
    if nature == "identifiant":
        return st.just(f"L{rang}")
    return st.sampled_from(SAINES[nature])


# --- mutations ------------------------------------------------------------------------------------------------------
def rang_de(tirer, suite):
    return tirer(st.integers(0, len(suite) - 1))


def oter_lignes(table, tirer):
    return table.avec(lignes=[ligne for ligne in table.lignes if tirer(st.integers(0, 2))])


def repeter_ligne(table, tirer):
    lignes = list(table.lignes)
    if lignes:
        lignes.insert(tirer(st.integers(0, len(lignes))), list(lignes[rang_de(tirer, lignes)]))
    return table.avec(lignes=lignes)


def permuter_lignes(table, tirer):
    return table.avec(lignes=tirer(st.permutations(table.lignes)))


def ligne_vide(table, tirer):
    lignes = list(table.lignes)
    lignes.insert(tirer(st.integers(0, len(lignes))), [""] * len(table.entetes))
    return table.avec(lignes=lignes)


def changer_cellule(table, tirer):
    """Another text of the tables: good, unknown or in fault."""
    lignes = [list(ligne) for ligne in table.lignes]
    reguliers = [
        (i, j)
        for i, ligne in enumerate(lignes)
        for j in range(min(len(ligne), len(table.colonnes)))
        if table.colonnes[j]
    ]
    if reguliers:
        i, j = tirer(st.sampled_from(reguliers))
        lignes[i][j] = tirer(st.sampled_from(list(SENS[table.type.colonnes[table.colonnes[j]]])))
    return table.avec(lignes=lignes)


def couper_ligne(table, tirer):
    lignes = [list(ligne) for ligne in table.lignes]
    if lignes:
        ligne = lignes[rang_de(tirer, lignes)]
        del ligne[tirer(st.integers(1, len(ligne))) if ligne else 0 :]
    return table.avec(lignes=lignes)


def allonger_ligne(table, tirer):
    lignes = [list(ligne) for ligne in table.lignes]
    if lignes:
        lignes[rang_de(tirer, lignes)] += tirer(st.sampled_from([[""], ["", ""], ["de trop"]]))
    return table.avec(lignes=lignes)


def permuter_colonnes(table, tirer):
    ordre = tirer(st.permutations(range(len(table.entetes))))
    return colonnes_choisies(table, ordre)


def oter_colonne(table, tirer):
    reste = list(range(len(table.entetes)))
    if len(reste) > 1:
        reste.pop(rang_de(tirer, reste))
    return colonnes_choisies(table, reste)


def repeter_colonne(table, tirer):
    tous = list(range(len(table.entetes)))
    return colonnes_choisies(table, [*tous, rang_de(tirer, tous)])


def colonnes_choisies(table, rangs):
    """Rows that have not the fields of the header are padded first: a cut row stays cut only where it is whole."""
    large = len(table.entetes)
    lignes = [[(ligne + [""] * large)[i] for i in rangs] for ligne in (ligne[:large] for ligne in table.lignes)]
    return table.avec(
        entetes=[table.entetes[i] for i in rangs], colonnes=[table.colonnes[i] for i in rangs], lignes=lignes
    )


def colonne_inconnue(table, tirer):
    texte = tirer(st.sampled_from(["", "x", "É", "0,5"]))
    large = len(table.entetes)
    lignes = [ligne[:large] + [""] * (large - len(ligne)) + [texte] for ligne in table.lignes]
    return table.avec(entetes=[*table.entetes, "ZZ_LOGICIEL"], colonnes=[*table.colonnes, None], lignes=lignes)


def deguiser_entete(table, tirer):
    """Case, accents, spaces: the same column."""
    deguisement = tirer(st.sampled_from([str.lower, str.title, lambda t: f"  {t} ", lambda t: t.replace("E", "É")]))
    i = rang_de(tirer, table.entetes)
    return table.avec(entetes=[deguisement(nom) if j == i else nom for j, nom in enumerate(table.entetes)])


def abimer_entete(table, tirer):
    """Another name: the column is no longer there."""
    i = rang_de(tirer, table.entetes)
    return table.avec(
        entetes=[f"QQ{nom}" if j == i else nom for j, nom in enumerate(table.entetes)],
        colonnes=[None if j == i else nom for j, nom in enumerate(table.colonnes)],
    )


def presenter(table, tirer):
    """Other encodings, separators, line ends, quotes, compression: the same rows."""
    return table.avec(
        separateur=tirer(st.sampled_from([";", ",", "\t"])),
        fin=tirer(st.sampled_from(["\n", "\r\n", "\r"])),
        encodage=tirer(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])),
        guillemets=tirer(st.booleans()),
        emballage=tirer(st.sampled_from(["", "", "gz", "zip", "xlsx"])),
    )


MUTATIONS = [
    *(oter_lignes, repeter_ligne, permuter_lignes, ligne_vide, changer_cellule, changer_cellule, couper_ligne),
    *(allonger_ligne, permuter_colonnes, oter_colonne, repeter_colonne, colonne_inconnue, deguiser_entete),
    *(abimer_entete, presenter, presenter),
]


@st.composite
def mutes(tirer):
    table = tirer(valides())
    for mutation in tirer(st.lists(st.sampled_from(MUTATIONS), max_size=5)):
        table = mutation(table, tirer)
    return table


# --- the property ---------------------------------------------------------------------------------------------------
def empreintes() -> dict[str, str]:
    """What each table holds, but the records of the deposits that did not load."""
    tables = {modele._meta.db_table for modele in apps.get_models() if modele is not Depot}
    filtre = {Depot._meta.db_table: "WHERE etat = 'charge'"}
    with connection.cursor() as curseur:
        requetes = (
            f"SELECT '{nom}', md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{nom}\" t {filtre.get(nom, '')}"
            for nom in sorted({*tables, *filtre})
        )
        curseur.execute(" UNION ALL ".join(requetes))
        return dict(curseur.fetchall())


def en_vigueur(type, depot):
    modele = REGISTRE[type.nom].modele
    return modele.objects.filter(courant=True, depot=depot).count()


def deposer(table_ou_octets, type, dossier, **options):
    chemin = dossier / f"f{next(numeros)}"
    chemin.write_bytes(table_ou_octets if isinstance(table_ou_octets, bytes) else table_ou_octets.octets())
    bailleur = Organisation.objects.get(siren=BAILLEUR)
    try:
        return importer(type.nom, chemin, organisation=bailleur, millesime=type.millesime, **options)
    finally:
        chemin.unlink()


def verifier(table, dossier, partiel):
    attendu = attendre(table)
    deposer(fond(table.type), table.type, dossier)
    avant = empreintes()
    depot = deposer(table, table.type, dossier, accepter_partiel=partiel)
    rapport = depot.rapport
    trouvees = {(un["code"], un["colonne"]): un["lignes"] for un in rapport["erreurs"]}
    chargeable = attendu.bonnes and (not attendu.erreurs or partiel)
    assert rapport["statut"] == ("charge" if chargeable else "refuse"), rapport
    if ("type_inattendu", "") in trouvees:
        attendu.lues = 0  # another type's file is not read
    else:
        assert {cle: lignes for cle, lignes in trouvees.items() if cle[0] != "fichier_vide"} == {
            cle: lignes for cle, lignes in attendu.erreurs.items() if cle[0] != "fichier_vide"
        }, rapport
    assert bool(trouvees) == bool(attendu.erreurs)
    assert all(un["message"] for un in rapport["erreurs"])
    assert rapport["lignes_lues"] == sum(rapport[part] for part in PARTS) == attendu.lues
    assert rapport["lignes_en_double"] == attendu.en_double
    if chargeable:
        assert (
            rapport["lignes_chargees"] + rapport["lignes_inchangees"] == attendu.bonnes == en_vigueur(table.type, depot)
        )
    else:
        assert empreintes() == avant


def ligne_de_fond(un_type, identifiant):
    """What stands before: some mutated files say it again."""
    fixes = {"siren": BAILLEUR, "identifiant": identifiant}
    return [fixes.get(nature) or SAINES[nature][0] for nature in un_type.colonnes.values()]


def fond(un_type):
    entetes = list(un_type.colonnes)
    return Table(un_type, entetes, entetes, [ligne_de_fond(un_type, "L0"), ligne_de_fond(un_type, "Z0")])


@pytest.fixture
def decor(tmp_path):
    f.organisation("bailleur")
    f.commune()
    return tmp_path


@settings(max_examples=EXEMPLES, derandomize=True, **REGLAGES)
@given(table=mutes(), partiel=st.booleans())
def test_mutated_file_loads_right_or_names_its_faults(decor, table, partiel):
    with transaction.atomic():
        verifier(table, decor, partiel)
        transaction.set_rollback(True)


@pytest.mark.robustesse
@settings(max_examples=10 * EXEMPLES, print_blob=True, **REGLAGES)
@given(table=mutes(), partiel=st.booleans())
def test_mutated_file_loads_right_or_names_its_faults_at_length(decor, table, partiel):
    with transaction.atomic():
        verifier(table, decor, partiel)
        transaction.set_rollback(True)


def verifier_tronque(table, part, dossier):
    """Cut anywhere: all or nothing of what is left, and never more rows than there were."""
    octets = table.octets()
    avant = empreintes()
    depot = deposer(octets[: int(len(octets) * part)], table.type, dossier)
    rapport = depot.rapport
    assert rapport["lignes_lues"] == sum(rapport[p] for p in PARTS) <= len(table.lignes)
    if rapport["statut"] == "charge":
        assert en_vigueur(table.type, depot) == rapport["lignes_chargees"]
        assert table.emballage == ""
    else:
        assert rapport["statut"] == "refuse"
        assert rapport["erreurs"]
        assert empreintes() == avant


@settings(max_examples=EXEMPLES // 2, derandomize=True, **REGLAGES)
@given(donnees=st.data(), part=st.floats(0, 0.999))
def test_file_cut_anywhere_loads_what_is_whole_or_is_refused(decor, donnees, part):
    table = presenter(donnees.draw(valides()), donnees.draw)
    with transaction.atomic():
        verifier_tronque(table, part, decor)
        transaction.set_rollback(True)


@pytest.mark.robustesse
@settings(max_examples=5 * EXEMPLES, print_blob=True, **REGLAGES)
@given(donnees=st.data(), part=st.floats(0, 0.999))
def test_file_cut_anywhere_loads_what_is_whole_or_is_refused_at_length(decor, donnees, part):
    table = presenter(donnees.draw(valides()), donnees.draw)
    with transaction.atomic():
        verifier_tronque(table, part, decor)
        transaction.set_rollback(True)
