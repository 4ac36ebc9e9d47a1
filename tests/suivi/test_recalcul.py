"""The nightly job: the same twice, only what changed, one at a time, nothing half done."""

import threading
from datetime import date, timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connection
from django.utils import timezone

from attributions.models import Atteinte, Attribution, DemandeSne, RadiationSne
from diagnostic.models import Appartenance, Comptage, Indice, ProvenanceComptage, QualiteBailleur, ResidenceFragile
from suivi import tasks
from suivi.models import Calcul
from suivi.services import recalcul
from suivi.services.fraicheur import fraicheur
from suivi.services.recalcul import Issue, TerritoireInconnu, recalculer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CALCULES = (
    Appartenance,
    ResidenceFragile,
    Comptage,
    ProvenanceComptage,
    QualiteBailleur,
    Indice,
    Attribution,
    Atteinte,
)
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}


def territoire():
    """One residence in a QPV, fourteen households surveyed, a rent roll, one allocation; all from one deposit."""
    f.commune()
    depot = f.depot("rpls", f.organisation("bailleur"), territoires=[f.EPCI], millesime=2025, charge_le=timezone.now())
    f.perimetre(geometrie=CARRE)
    f.perimetre(version="2024", debut=date(2024, 1, 1), geometrie=CARRE)
    f.residence("R1")
    f.gestion("R1", nb_entrees=2)
    f.seuil(2025, 9000)
    for rang in range(14):
        f.logement(f"L{rang}", depot=depot)
        f.menage_ops(f"L{rang}", annee=2025, pct_plafond_plus=10 * rang, apl=rang % 2, nb_majeurs=1, nb_occupants=1)
    RadiationSne.objects.create(
        depot=depot,
        numero="a" * 64,
        cle_evenement="2025-03-01REPL1",
        attribution=True,
        date_caleol=date(2025, 3, 1),
        date_bail=date(2025, 4, 1),
        issue="bail_signe",
        bailleur=f.BAILLEUR,
        numero_rpls="REPL1",
        commune=f.COMMUNE,
        revenu_mensuel=500,
        uc=1,
    )
    return depot


def instantane():
    """Every computed row, without its id nor the hour it was made."""
    tables = {}
    for modele in CALCULES:
        champs = [c.attname for c in modele._meta.concrete_fields if c.name not in ("id", "calcule_le")]
        tables[modele] = sorted(modele.objects.values_list(*champs), key=repr)
    return tables


def un(**options):
    (resultat,) = recalculer(**options)
    return resultat


def test_everything_is_computed_and_twice_gives_the_same_tables():
    territoire()
    assert un(epci=f.EPCI, au=date(2026, 1, 15)).issue == Issue.TERMINE
    premier = instantane()
    assert all(premier[modele] for modele in CALCULES), {m.__name__: len(v) for m, v in premier.items()}
    assert un(epci=f.EPCI, au=date(2026, 1, 15)).issue == Issue.TERMINE
    assert instantane() == premier


def test_computation_is_recorded_with_its_steps_and_its_deposits():
    depot = territoire()
    resultat = un(epci=f.EPCI, au=date(2026, 1, 15))
    calcul = Calcul.objects.get()
    assert (calcul.epci, calcul.au, calcul.statut, calcul.dernier_depot) == (
        f.EPCI,
        date(2026, 1, 15),
        "termine",
        depot.pk,
    )
    assert list(resultat.etapes) == list(recalcul.ETAPES)
    assert calcul.details["etapes"] == resultat.etapes
    assert calcul.fin >= calcul.debut and calcul.duree_s == resultat.duree_s > 0


def test_only_territories_whose_deposits_changed_are_computed_again():
    depot = territoire()
    assert un().issue == Issue.TERMINE
    assert un().issue == Issue.A_JOUR
    assert un(tout=True).issue == Issue.TERMINE
    assert un(epci=f.EPCI).issue == Issue.TERMINE  # asked for by name
    f.depot("ops", territoires=["900000099"])
    assert un().issue == Issue.A_JOUR  # touches another territory, which is not known
    f.depot("ops", territoires=[f.EPCI], etat="refuse")
    assert un().issue == Issue.A_JOUR
    f.depot("ops", territoires=[f.EPCI])
    assert un().issue == Issue.TERMINE
    depot.etat = "retire"
    depot.save()
    assert un().issue == Issue.TERMINE  # a withdrawal changes the figures too
    assert un().issue == Issue.A_JOUR


def test_a_parameter_set_by_the_territory_computes_it_again():
    territoire()
    un()
    borne = {"loyer_m2": 6, "taux_effort": 0.25, "charges": 0.2}
    f.parametre("bas_loyer_gpso", borne, epci="900000099")
    assert un().issue == Issue.A_JOUR  # another territory's
    f.parametre("bas_loyer_gpso", borne, epci=f.EPCI)
    assert un().issue == Issue.TERMINE
    assert un().issue == Issue.A_JOUR


def test_territory_with_reference_data_alone_is_left_alone():
    f.territoire()
    f.depot("communes", territoires=[f.EPCI])
    assert list(recalculer()) == []


def test_second_computation_of_a_territory_says_so_and_does_nothing(autre_session):
    territoire()
    autre_session.execute("SELECT pg_advisory_lock(%s, %s)", [recalcul.VERROU, int(f.EPCI)])
    assert un().issue == Issue.DEJA_EN_COURS
    assert not Calcul.objects.exists() and not Comptage.objects.exists()
    autre_session.execute("SELECT pg_advisory_unlock(%s, %s)", [recalcul.VERROU, int(f.EPCI)])
    assert un(epci=f.EPCI).issue == Issue.TERMINE
    assert autre_session.execute("SELECT pg_try_advisory_lock(%s, %s)", [recalcul.VERROU, int(f.EPCI)]).fetchone()[0]


def test_territory_asked_for_by_name_waits_for_the_computation_under_way(autre_session):
    territoire()
    autre_session.execute("SELECT pg_advisory_lock(%s, %s)", [recalcul.VERROU, int(f.EPCI)])
    fin = threading.Timer(
        0.5, autre_session.execute, ["SELECT pg_advisory_unlock(%s, %s)", [recalcul.VERROU, int(f.EPCI)]]
    )
    fin.start()
    assert un(epci=f.EPCI).issue == Issue.TERMINE
    fin.join()


@pytest.fixture
def autre_session():
    reglages = connection.settings_dict
    with psycopg.connect(
        host=reglages["HOST"],
        port=reglages["PORT"] or None,
        user=reglages["USER"],
        password=reglages["PASSWORD"] or None,
        dbname=reglages["NAME"],
        autocommit=True,
    ) as session:
        yield session


@pytest.mark.parametrize("etape", list(recalcul.ETAPES))
def test_failing_step_leaves_the_former_figures_and_says_so(monkeypatch, etape, caplog):
    territoire()
    un(epci=f.EPCI, au=date(2026, 1, 15))
    avant = instantane()
    f.menage_ops("L99", annee=2025)
    f.gestion("R1", annee=2024)

    def casser(demande):
        raise RuntimeError("disque plein")

    monkeypatch.setitem(recalcul.ETAPES, etape, casser)
    resultat = un(epci=f.EPCI, au=date(2026, 1, 15))
    assert (resultat.issue, resultat.erreur) == (Issue.ECHEC, "RuntimeError : disque plein")
    assert instantane() == avant
    assert Calcul.objects.latest("id").statut == "echec" and Calcul.objects.dernier(f.EPCI).statut == "termine"
    assert fraicheur(f.EPCI).en_echec
    monkeypatch.undo()
    assert un(epci=f.EPCI, au=date(2026, 1, 15)).issue == Issue.TERMINE and instantane() != avant


def test_failed_or_killed_computation_is_tried_again_and_closed(monkeypatch):
    territoire()
    tue = Calcul.objects.create(epci=f.EPCI, au=date.today(), debut=timezone.now(), statut="en_cours")
    assert un().issue == Issue.TERMINE
    tue.refresh_from_db()
    assert tue.statut == "echec"


def test_one_millesime_alone_leaves_the_counts_of_the_others():
    territoire()
    f.gestion("R1", annee=2024, nb_logements=30)
    un(epci=f.EPCI)
    ancien = list(Comptage.objects.filter(millesime=2024).values_list("id", flat=True))
    un(epci=f.EPCI, annee=2025)
    assert ancien and list(Comptage.objects.filter(millesime=2024).values_list("id", flat=True)) == ancien


def test_unknown_territory_is_refused_before_anything():
    with pytest.raises(TerritoireInconnu):
        recalculer(epci="999999999")


def test_freshness_tells_the_date_the_bailleurs_up_to_date_and_what_waits():
    vide = fraicheur(f.EPCI)
    assert (vide.calcule_le, vide.dernier_statut, vide.bailleurs, vide.millesime) == (None, "", 0, None)
    territoire()
    f.residence("R2", bailleur="900100002")
    f.depot("rpls", f.organisation("bailleur", siren="900100002"), millesime=2024, territoires=[f.EPCI])
    f.depot("ops", f.organisation("bailleur", siren="900100002"), etat="a_confirmer")
    f.depot("ops", f.organisation("bailleur", siren="900100003"), etat="a_confirmer")
    lue = fraicheur(f.EPCI)
    assert (lue.bailleurs, lue.bailleurs_a_jour, lue.millesime, lue.depots_en_attente) == (2, 1, 2025, 1)
    assert lue.depots_a_calculer == 2
    un(epci=f.EPCI, au=date(2026, 1, 15))
    lue = fraicheur(f.EPCI)
    assert (lue.au, lue.dernier_statut, lue.depots_a_calculer) == (date(2026, 1, 15), "termine", 0)
    assert timezone.now() - lue.calcule_le < timedelta(minutes=1)


def lancer(*arguments):
    sortie, erreurs = StringIO(), StringIO()
    call_command("recalculer", *arguments, stdout=sortie, stderr=erreurs)
    return sortie.getvalue() + erreurs.getvalue()


def test_command_prints_a_line_a_territory_with_its_duration():
    assert "Aucun territoire" in lancer()
    territoire()
    assert lancer("--au", "2026-01-15").startswith(f"{f.EPCI} Agglomération d'essai : calculé en ")
    assert "à jour" in lancer() and "calculé" in lancer("--tout") and "calculé" in lancer("--epci", f.EPCI)


def test_command_fails_on_an_unknown_territory_or_a_failed_step(monkeypatch):
    with pytest.raises(CommandError, match="999999999 inconnu") as refus:
        lancer("--epci", "999999999")
    assert refus.value.returncode == 1
    territoire()
    monkeypatch.setitem(recalcul.ETAPES, "indices", lambda d: 1 / 0)
    with pytest.raises(CommandError, match="1 territoire"):
        lancer("--tout")


@pytest.mark.parametrize("usage", [["--annee", "deux"], ["--au", "15/01/2026"], ["--au", "2026-02-30"], ["--demain"]])
def test_bad_usage_exits_two(usage, capsys):
    with pytest.raises(SystemExit) as sortie:
        execute_from_command_line(["manage.py", "recalculer", *usage])
    assert sortie.value.code == 2 and usage[0] in capsys.readouterr().err


def test_tasks_only_call_the_service():
    territoire()
    tasks.recalcul_nocturne()
    tasks.recalculer_territoire(f.EPCI)
    assert Calcul.objects.count() == 1
    f.depot("ops", territoires=[f.EPCI])
    tasks.recalculer_territoire(f.EPCI)
    assert Calcul.objects.count() == 2


def test_deposit_of_a_member_recomputes_the_territories_that_it_touches(django_capture_on_commit_callbacks):
    depot = territoire()
    agent = f.utilisateur()
    for etat, champs in (("refuse", {"depose_par": agent}), ("charge", {})):
        with django_capture_on_commit_callbacks(execute=True):
            f.depot("ops", etat=etat, territoires=[f.EPCI], **champs)
    assert not Calcul.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        f.depot("ops", territoires=[f.EPCI], depose_par=agent)
    assert Calcul.objects.get().statut == "termine"
    with django_capture_on_commit_callbacks(execute=True):
        depot.etat, depot.retire_par = "retire", agent
        depot.save()
    assert Calcul.objects.count() == 2, "loaded by command, withdrawn by a member"


def test_pressure_is_applications_over_leases_of_the_year():
    depot = territoire()
    for rang in range(12):
        DemandeSne.objects.create(
            depot=depot,
            millesime=2025,
            numero=f"{rang:064x}",
            date_creation=date(2024, 1, 1),
            commune_recherchee=f.COMMUNE if rang < 11 else "00000",
        )
    un(epci=f.EPCI, au=date(2026, 1, 15))
    lignes = Comptage.objects.filter(population="demandeurs").values_list(
        "niveau", "territoire", "n_pression", "d_pression"
    )
    assert sorted(lignes) == [("commune", f.COMMUNE, 11, 1), ("epci", f.EPCI, 11, 1)]
