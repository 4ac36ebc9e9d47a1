"""Who is of which audience: the reader's rights and the protocole d'échange in force (regles §9)."""

from datetime import date, timedelta

import pytest

from diagnostic.services import secret
from diagnostic.services.secret import Audience
from partenaires.models import Organisation, Protocole
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE = "900100002"
LIGNES, PARTENAIRE, DIFFUSION = Audience.LIGNES, Audience.PARTENAIRE, Audience.DIFFUSION
NIVEAUX = ("residence", "qpv", "hors_qpv", "commune", "epci")


@pytest.fixture
def territoire():
    f.commune()
    f.residence("R1")
    f.residence("R2", bailleur=AUTRE)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


def lecteur(nature, **champs):
    if nature == "ddt":
        champs.setdefault("departement", "99")
    return secret.lecteur(f.adhesion(nature, **champs))


@pytest.mark.parametrize(
    ("nature", "source", "niveau", "bailleur", "attendue"),
    [
        ("epci", "ops", "residence", f.BAILLEUR, PARTENAIRE),
        ("epci", "gestion", "epci", "", PARTENAIRE),
        ("epci", "rpls", "residence", f.BAILLEUR, PARTENAIRE),
        ("epci", "ops+rpls", "residence", f.BAILLEUR, PARTENAIRE),
        ("epci", "sne", "epci", "", LIGNES),
        ("epci", "sne", "qpv", f.BAILLEUR, LIGNES),
        ("epci", "relogement", "projet", "", LIGNES),
        ("ddt", "ops", "residence", f.BAILLEUR, PARTENAIRE),
        ("ddt", "sne", "commune", "", LIGNES),
        ("ddt", "relogement", "operation", "", LIGNES),
        ("bailleur", "ops", "residence", f.BAILLEUR, LIGNES),
        ("bailleur", "ops", "residence", AUTRE, DIFFUSION),
        ("bailleur", "ops", "residence", "", DIFFUSION),
        ("bailleur", "ops", "qpv", "", PARTENAIRE),
        ("bailleur", "ops", "hors_qpv", "", PARTENAIRE),
        ("bailleur", "gestion", "commune", "", PARTENAIRE),
        ("bailleur", "sne", "epci", "", PARTENAIRE),
        ("bailleur", "sne", "epci", f.BAILLEUR, LIGNES),
        ("bailleur", "ops", "epci", AUTRE, PARTENAIRE),
        ("bailleur", "relogement", "projet", f.BAILLEUR, LIGNES),
        ("bailleur", "relogement", "projet", "", DIFFUSION),
        ("commune", "ops", "commune", "", DIFFUSION),
        ("commune", "sne", "epci", "", DIFFUSION),
        ("action_logement", "sne", "epci", "", DIFFUSION),
        ("departement", "rpls", "epci", "", DIFFUSION),
        ("epci", "inconnue", "epci", "", DIFFUSION),
        ("epci", "ops+inconnue", "epci", "", DIFFUSION),
        ("epci", "ops", "immeuble", "", DIFFUSION),
        ("epci", "sne", "immeuble", "", DIFFUSION),
        ("epci", "", "epci", "", DIFFUSION),
    ],
)
def test_audience_by_reader_source_and_scale(territoire, nature, source, niveau, bailleur, attendue):
    assert lecteur(nature).audience(f.EPCI, source, niveau, bailleur) is attendue


@pytest.mark.parametrize("nature", ["epci", "ddt", "bailleur"])
@pytest.mark.parametrize("source", ["ops", "gestion", "sne", "relogement"])
def test_another_territory_gives_no_right(territoire, nature, source):
    f.commune("98001", epci="900000002", departement="98")
    creer_protocole_par_defaut("900000002", date(2020, 1, 1))
    assert lecteur(nature).audience("900000002", source, "epci") is DIFFUSION


def test_a_stranger_is_of_the_diffusion_audience(territoire):
    assert secret.audience(None, f.EPCI, "ops", "epci") is DIFFUSION


@pytest.mark.parametrize("nature", ["epci", "ddt", "bailleur"])
def test_no_protocole_no_right_but_to_ones_own_rows(nature):
    f.residence("R1")
    lu = lecteur(nature)
    assert {lu.audience(f.EPCI, source, "epci") for source in ("ops", "gestion", "rpls")} == {DIFFUSION}
    attendue = DIFFUSION if nature == "bailleur" else LIGNES
    assert lu.audience(f.EPCI, "sne", "epci") is attendue
    assert lecteur("bailleur").audience(f.EPCI, "ops", "residence", f.BAILLEUR) is LIGNES


@pytest.mark.parametrize(
    ("debut", "revoque", "attendue"),
    [(0, None, PARTENAIRE), (1, None, DIFFUSION), (-9, 1, PARTENAIRE), (-9, 0, DIFFUSION), (-9, -1, DIFFUSION)],
)
def test_a_protocole_holds_from_its_date_until_it_is_revoked(debut, revoque, attendue):
    jour = date.today()
    f.commune()
    f.protocole(
        "epci",
        "ops",
        "residence",
        debut=jour + timedelta(days=debut),
        revoque_le=None if revoque is None else jour + timedelta(days=revoque),
    )
    assert lecteur("epci").audience(f.EPCI, "ops", "residence") is attendue


def test_a_protocole_of_aggregates_does_not_open_the_residence():
    f.commune()
    f.protocole("epci", "ops", "qpv")
    lu = lecteur("epci")
    assert lu.audience(f.EPCI, "ops", "residence") is DIFFUSION
    assert {lu.audience(f.EPCI, "ops", niveau) for niveau in NIVEAUX[1:]} == {PARTENAIRE}
    assert lu.audience(f.EPCI, "gestion", "qpv") is DIFFUSION


def test_a_bailleur_never_reads_anothers_residence_even_signed():
    f.residence("R1")
    f.protocole("bailleur", "ops", "residence")
    assert lecteur("bailleur").audience(f.EPCI, "ops", "residence", AUTRE) is DIFFUSION


def test_the_threshold_of_the_territory_stands_before_the_platforms(territoire):
    assert lecteur("epci").k(f.EPCI) == 11
    f.parametre("secret_k", 5, epci=f.EPCI)
    f.parametre("secret_k", 20, epci=f.EPCI, debut=date.today() + timedelta(days=1))
    assert (lecteur("epci").k(f.EPCI), lecteur("epci").k("900000009")) == (5, 11)


def cellule(lu, effectif, **champs):
    defauts = {"epci": f.EPCI, "source": "ops", "niveau": "qpv", "base": "repondants", "effectif": effectif}
    return secret.masquer(lu, **(defauts | champs))


@pytest.mark.parametrize(("effectif", "attendu"), [(0, False), (1, True), (10, True), (11, False)])
def test_the_epci_does_not_see_cells_of_one_to_ten_respondents(territoire, effectif, attendu):
    assert cellule(lecteur("epci"), effectif) is attendu
    assert cellule(lecteur("epci"), effectif, niveau="residence", bailleur=f.BAILLEUR) is attendu
    assert not cellule(lecteur("epci"), effectif, source="sne", base="menages")


@pytest.mark.parametrize(
    ("premier", "part", "attendu"),
    [(AUTRE, 86, True), (AUTRE, 85, False), (f.BAILLEUR, 86, False), ("", None, True)],
)
def test_a_bailleur_does_not_see_what_one_other_dominates(territoire, premier, part, attendu):
    assert cellule(lecteur("bailleur"), 100, premier_bailleur=premier, effectif_premier=part) is attendu
    assert not cellule(lecteur("epci"), 100, premier_bailleur=premier, effectif_premier=part)


def test_a_line_of_another_bailleur_is_dominated_by_it(territoire):
    assert cellule(lecteur("bailleur"), 100, niveau="epci", bailleur=AUTRE)
    assert not cellule(lecteur("bailleur"), 3, niveau="epci", bailleur=f.BAILLEUR)


def test_a_commune_is_shown_only_what_may_be_published(territoire):
    f.organisation("commune")
    lu = lecteur("commune")
    publiable = {"premier_bailleur": AUTRE, "effectif_premier": 60, "denominateur": 100, "niveau": "commune"}
    assert not cellule(lu, 100, numerateur=40, **publiable)
    assert cellule(lu, 100, numerateur=4, **publiable)
    assert cellule(lu, 100, numerateur=40, **(publiable | {"effectif_premier": 90}))
    assert cellule(lu, 100, numerateur=100, sensible=True, **publiable)


def test_reading_rights_takes_three_queries_at_most(territoire, django_assert_max_num_queries):
    for nature in ("epci", "ddt", "bailleur"):
        lu = lecteur(nature)
        with django_assert_max_num_queries(3):
            for effectif in range(200):
                for niveau in NIVEAUX:
                    cellule(lu, effectif, niveau=niveau, premier_bailleur=AUTRE, effectif_premier=1)


def test_default_protocole_covers_the_two_scales():
    lignes = creer_protocole_par_defaut(f.EPCI, date(2026, 1, 1))
    assert {(li.partenaire, li.echelle) for li in lignes} == {
        (Organisation.Nature.EPCI, Protocole.Echelle.RESIDENCE),
        (Organisation.Nature.DDT, Protocole.Echelle.RESIDENCE),
        (Organisation.Nature.BAILLEUR, Protocole.Echelle.QPV),
    }
