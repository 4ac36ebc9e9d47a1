"""Those who move in and those who apply, counted as the survey counts the tenants: what the SNE says of a household,
where a lease counts, and the same counts made by pandas from the rows."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from attributions.reference import STATUTS_EMPLOI
from attributions.services import populations
from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.definitions_ops import SEGMENTS
from diagnostic.models import Comptage, ProvenanceComptage
from diagnostic.services import appartenances, indicateurs
from partenaires.models import Parametre
from tests import fabriques as f

pytestmark = pytest.mark.django_db
TRAITS = [code for code, i in PAR_CODE.items() if Population.ENTRANTS in i.populations]
BAIL = date(2025, 5, 1)


def carre(x):
    return {"type": "Polygon", "coordinates": [[[x, 46], [x + 1, 46], [x + 1, 47], [x, 47], [x, 46]]]}


@pytest.fixture
def territoire():
    f.commune()
    f.commune("99002")


def bail(date_bail=BAIL, **champs):
    """A lease of the year; `a_charge`: persons at charge, on the row of the SNE."""
    a_charge = champs.pop("a_charge", None)
    attribution = f.attribution(date(2025, 3, 1), date_bail, **champs)
    attribution.evenement.personnes_a_charge = a_charge
    attribution.evenement.save()
    return attribution


def entrants(niveau="epci", **filtres):
    return Comptage.objects.filter(population="entrants", niveau=niveau, **filtres)


def trait(comptage, code):
    return getattr(comptage, f"n_{code}"), getattr(comptage, f"d_{code}")


MENAGES = [
    # resources, size, at charge, status → alone, lone parent, segment
    ({"pct": 19.99, "taille": 1, "a_charge": 0, "statut": "CDI"}, (1, 1), (0, 1), "actifs_isoles"),
    ({"pct": 80, "taille": 3, "a_charge": 2, "statut": "CHOMAGE"}, (0, 1), (1, 1), "actifs_isoles"),
    ({"pct": 80, "taille": 2, "a_charge": 0, "statut": "CDD"}, (0, 1), (0, 1), "actifs_couple"),
    ({"pct": 40, "taille": 4, "a_charge": 2, "statut": "ETUDIANT"}, (0, 1), (0, 1), "inactifs_couple"),
    ({"pct": 40, "taille": 1, "a_charge": 0, "statut": "SANS_ACTIVITE"}, (1, 1), (0, 1), "inactifs_isoles"),
    ({"pct": 80.01, "taille": None, "a_charge": None, "statut": ""}, (0, 0), (0, 0), "plus_80"),
    ({"pct": 60, "taille": None, "a_charge": None, "statut": "RETRAITE"}, (0, 0), (0, 0), "retraites"),
    ({"pct": 60, "taille": 3, "a_charge": 0, "statut": "CDI"}, (0, 1), (0, 1), None),  # three adults
    ({"pct": 60, "taille": 1, "a_charge": 0, "statut": "AUTRE"}, (1, 1), (0, 1), None),
    ({"pct": 60, "taille": 2, "a_charge": None, "statut": "CDI"}, (0, 0), (0, 0), None),
    ({"pct": None, "taille": 1, "a_charge": 0, "statut": "CDI"}, (1, 1), (0, 1), None),
    ({"pct": 60, "taille": 0, "a_charge": 0, "statut": "CDI"}, (0, 1), (0, 1), None),
]


@pytest.mark.parametrize(("menage", "seul", "monoparental", "segment"), MENAGES)
def test_what_the_sne_says_of_a_household(territoire, menage, seul, monoparental, segment):
    bail(
        taille=menage["taille"],
        a_charge=menage["a_charge"],
        statut_emploi=menage["statut"],
        pct_plafond_plus=menage["pct"],
    )
    f.demande(
        2025,
        commune_recherchee=f.COMMUNE,
        taille_menage=menage["taille"],
        personnes_a_charge=menage["a_charge"],
        statut_emploi=menage["statut"] or None,
        pct_plafond=menage["pct"],
    )
    populations.recalculer(f.EPCI)
    demandeurs = Comptage.objects.get(population="demandeurs", niveau="epci")
    for lu in (entrants().get(), demandeurs):
        assert (trait(lu, "personnes_seules"), trait(lu, "monoparentales")) == (seul, monoparental)
        trouves = [nom for _, nom, _ in SEGMENTS if getattr(lu, f"n_segment_{nom}")]
        assert trouves == ([segment] if segment else [])
        assert lu.d_segment_retraites == int(segment is not None)
        assert trait(lu, "menages_moins_20_pct_plus") == (
            int((menage["pct"] or 99) < 20),
            int(menage["pct"] is not None),
        )


def test_status_is_read_without_accent_nor_case(territoire):
    f.demande(
        2025,
        commune_recherchee=f.COMMUNE,
        taille_menage=1,
        personnes_a_charge=0,
        statut_emploi="Retraité",
        pct_plafond=50,
    )
    populations.recalculer(f.EPCI)
    assert Comptage.objects.get(population="demandeurs", niveau="epci").n_segment_retraites == 1


def test_a_territory_reads_activity_by_its_own_list(territoire):
    propre = STATUTS_EMPLOI | {"inactifs": [*STATUTS_EMPLOI["inactifs"], "AUTRE"]}
    Parametre.objects.create(
        code="statuts_emploi", epci=f.EPCI, debut=date(2020, 1, 1), valeur=propre, source="délibération"
    )
    bail(taille=1, a_charge=0, statut_emploi="AUTRE", pct_plafond_plus=50)
    populations.recalculer(f.EPCI)
    assert entrants().get().n_segment_inactifs_isoles == 1


def test_a_lease_counts_where_its_dwelling_stands_that_day(territoire):
    f.perimetre("QP1", version="2015", fin=date(2023, 12, 31), geometrie=carre(2))
    f.perimetre("QP2", version="2015", fin=date(2023, 12, 31), geometrie=carre(2.4))
    f.perimetre("QP1", version="2024", debut=date(2024, 1, 1), geometrie=carre(20))
    f.perimetre("N1", "npnru", "2014", geometrie=carre(2))
    f.perimetre("S1", "secteur", "2025", geometrie=carre(2))
    f.residence("R1", longitude=2.5)
    appartenances.calculer(f.EPCI)
    lieu = {"residence": f"{f.BAILLEUR}:R1"}
    bail(date(2023, 5, 1), en_qpv=True, **lieu)
    bail(date(2025, 5, 1), en_qpv=False, **lieu)
    bail(date(2025, 6, 1), en_qpv=True, commune="99002")  # in QPV by a flag: in no single one
    populations.recalculer(f.EPCI)
    lus = Comptage.objects.filter(population="entrants").values_list("millesime", "niveau", "territoire", "version")
    comptes = dict(zip(lus, Comptage.objects.filter(population="entrants").values_list("entrants", flat=True)))
    assert comptes == {
        (2023, "commune", f.COMMUNE, ""): 1,
        (2023, "epci", f.EPCI, ""): 1,
        (2023, "npnru", "N1", "2014"): 1,
        (2023, "qpv", "QP1", "2015"): 1,
        (2023, "qpv", "QP2", "2015"): 1,
        (2025, "commune", f.COMMUNE, ""): 1,
        (2025, "commune", "99002", ""): 1,
        (2025, "epci", f.EPCI, ""): 2,
        (2025, "hors_qpv", f.EPCI, "2024"): 1,
        (2025, "npnru", "N1", "2014"): 1,
        (2025, "secteur", "S1", "2025"): 1,
    }


def test_only_leases_of_the_base_move_in(territoire):
    bail()
    bail(hors_base_bail=True)
    f.attribution(date(2025, 3, 1), issue="refus")
    f.attribution(date(2025, 3, 1), issue="en_attente")
    f.attribution(date(2025, 3, 1), BAIL, epci="900000002")
    populations.recalculer(f.EPCI)
    assert entrants().get().entrants == 1


def test_leases_of_each_bailleur_stay_apart(territoire):
    bail(), bail(), bail(bailleur="900100002")
    populations.recalculer(f.EPCI)
    assert dict(entrants().values_list("bailleur", "entrants")) == {f.BAILLEUR: 2, "900100002": 1}


def test_a_year_of_leases_without_stock_has_no_applicants(territoire):
    bail()
    populations.recalculer(f.EPCI)
    assert not Comptage.objects.filter(population="demandeurs").exists()
    evenement = f.attributions.RadiationSne.objects.get()
    assert ProvenanceComptage.objects.get(source="entrants", millesime=2025).depots == [evenement.depot_id]


def test_recomputing_replaces_and_the_counts_of_the_survey_stay(territoire):
    f.residence()
    f.logement("A")
    f.menage_ops("A", annee=2025)
    indicateurs.recalculer(f.EPCI)
    unique = bail()
    assert populations.recalculer(f.EPCI) == 2
    unique.delete()
    assert populations.recalculer(f.EPCI) == 0
    assert set(Comptage.objects.values_list("population", flat=True)) == {"ensemble", "recents"}


def test_reader_sees_the_newcomers_as_counts_of_the_sne(territoire):
    f.organisation("epci", f.EPCI)
    f.residence(bailleur="900100002")
    for rang in range(30):
        bail(pct_plafond_plus=10 if rang < 18 else 50)
    populations.recalculer(f.EPCI)
    lues = list(indicateurs.lire(f.adhesion("epci"), epci=f.EPCI, code="menages_moins_20_pct_plus", niveau="epci"))
    assert [(li.population, li.source, li.base, li.numerateur, li.denominateur, li.repondants) for li in lues] == [
        ("entrants", "sne", "entrants", 18, 30, 30)
    ]
    voisin = f.adhesion("bailleur", siren="900100002")  # all the newcomers are another's
    (masquee,) = indicateurs.lire(voisin, epci=f.EPCI, code="menages_moins_20_pct_plus", niveau="epci")
    assert masquee.secret and masquee.numerateur is None


# --- the same counts in pandas --------------------------------------------------------------------------------------


def tirer(hasard, nombre) -> pd.DataFrame:
    taille = hasard.choice([None, 1, 2, 3, 4, 6], nombre)
    return pd.DataFrame(
        {
            "taille": taille,
            "a_charge": [None if t is None or hasard.random() < 0.1 else int(hasard.integers(0, t)) for t in taille],
            "pct": hasard.choice([None, 10, 20, 39.5, 40, 55, 59, 60, 61, 80, 81], nombre),
            "age": hasard.choice([None, 24, 25, 64, 65], nombre),
            "statut": hasard.choice(["CDI", "CHOMAGE", "RETRAITE", "ETUDIANT", "AUTRE", ""], nombre),
            "commune": hasard.choice([f.COMMUNE, "99002"], nombre),
        }
    )


def segment(m) -> str | None:
    if m.pct is None:
        return None
    if m.pct > 80:
        return "plus_80"
    if m.statut == "RETRAITE":
        return "retraites"
    activite = {"CDI": "actifs", "CHOMAGE": "actifs", "ETUDIANT": "inactifs"}.get(m.statut)
    adultes = None if m.taille is None or m.a_charge is None else m.taille - m.a_charge
    taille = "isoles" if m.taille == 1 or adultes == 1 else "couple" if adultes == 2 else None
    return f"{activite}_{taille}" if activite and taille else None


def attendus(menages: pd.DataFrame) -> dict[str, tuple[float, float]]:
    comptes = {}
    lignes = list(menages.astype(object).where(menages.notna(), None).itertuples())

    def compter(code, condition, connu):
        connus = [m for m in lignes if connu(m)]
        comptes[code] = (sum(bool(condition(m)) for m in connus), len(connus))

    def a_la_composition(m):
        return m.taille == 1 or (m.taille is not None and m.a_charge is not None)

    def plai(m):
        personnes, parent = m.taille or 0, m.taille and m.a_charge and m.taille - m.a_charge == 1
        return m.pct <= (60 if personnes + (1 if parent and personnes > 1 else 0) in (2, 3) else 55)

    for seuil in (20, 40, 60):
        compter(f"menages_moins_{seuil}_pct_plus", lambda m, s=seuil: m.pct < s, lambda m: m.pct is not None)
    for seuil in (60, 80):
        compter(f"menages_plus_{seuil}_pct_plus", lambda m, s=seuil: m.pct > s, lambda m: m.pct is not None)
    compter("sous_plafond_plai", plai, lambda m: m.pct is not None)
    compter("personnes_seules", lambda m: m.taille == 1, a_la_composition)
    compter("monoparentales", lambda m: m.taille > 1 and m.taille - m.a_charge == 1, a_la_composition)
    compter("titulaires_65_ans", lambda m: m.age >= 65, lambda m: m.age is not None)
    compter("titulaires_moins_25_ans", lambda m: m.age < 25, lambda m: m.age is not None)
    for _, nom, _ in SEGMENTS:
        compter(f"segment_{nom}", lambda m, nom=nom: segment(m) == nom, segment)
    tailles = [m.taille for m in lignes if m.taille is not None]
    return comptes | {"occupants_moyen": (sum(tailles), len(tailles))}


@pytest.mark.parametrize("graine", range(3))
def test_sql_and_pandas_count_the_same_newcomers_and_applicants(territoire, graine):
    hasard = np.random.default_rng(graine)
    menages = tirer(hasard, 120)
    for m in menages.astype(object).where(menages.notna(), None).itertuples():
        champs = {"taille": m.taille, "a_charge": m.a_charge, "age": m.age}
        bail(commune=m.commune, pct_plafond_plus=m.pct, statut_emploi=m.statut, **champs)
        f.demande(
            2025,
            commune_recherchee=m.commune,
            pct_plafond=m.pct,
            statut_emploi=m.statut or None,
            taille_menage=m.taille,
            personnes_a_charge=m.a_charge,
            age=m.age,
        )
    populations.recalculer(f.EPCI)
    par_lieu = {("epci", f.EPCI): menages} | {("commune", code): groupe for code, groupe in menages.groupby("commune")}
    for population in ("entrants", "demandeurs"):
        for (niveau, lieu), siens in par_lieu.items():
            lu = Comptage.objects.get(population=population, niveau=niveau, territoire=lieu)
            assert (lu.entrants or lu.demandes) == len(siens)
            assert {code: trait(lu, code) for code in TRAITS} == attendus(siens)
