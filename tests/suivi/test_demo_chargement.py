"""The demo goes through the real import engine, once, and loses nothing when it starts again."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from attributions.models import Atteinte, Objectif
from diagnostic.models import Indice, Residence, Territoire
from partenaires.models import Adhesion, Depot, Utilisateur
from relogement.models import CibleRelogement
from suivi.demonstration import chargement, fichiers
from suivi.demonstration.comptes import COMPTES
from suivi.demonstration.decor import EPCI
from suivi.models import Calcul

pytestmark = pytest.mark.django_db
AU = date(2026, 11, 20)
LOGEMENTS = 300


def charger(dossier, nombre=LOGEMENTS, dire=lambda ligne: None):
    return chargement.charger(dossier, nombre, AU, dire)


@pytest.fixture
def dossier(tmp_path):
    return tmp_path / "demo"


def etat():
    return [modele.objects.count() for modele in (Depot, Calcul, Objectif, CibleRelogement, Adhesion)]


@pytest.mark.services
def test_every_file_is_loaded_whole_and_gives_objectives_indices_and_targets(dossier):
    charger(dossier)
    depots = Depot.objects.all()
    assert {depot.etat for depot in depots} == {Depot.Etat.CHARGE}
    assert len(depots) == len(fichiers.fabriquer(AU, LOGEMENTS))
    assert [d.fichier for d in depots if d.rapport["erreurs"] or d.rapport["lignes_rejetees"]] == []
    assert Territoire.objects.get(siren=EPCI).nature == "FICTIF"
    assert set(Atteinte.objects.filter(epci=EPCI).values_list("annee", flat=True)) >= {2023, 2024, 2025, 2026}
    assert Objectif.objects.filter(epci=EPCI, legal=False).count() == 2
    assert Indice.objects.filter(epci=EPCI, niveau="residence", millesime=2025).exists()
    assert CibleRelogement.objects.count() == 5


def test_a_second_start_loses_nothing_of_what_its_users_did(dossier):
    mot_de_passe = charger(dossier)
    utilisateur = Utilisateur.objects.get(email=COMPTES[0].email)
    utilisateur.set_password("mon-nouveau-mot-de-passe")
    utilisateur.save()
    avant, dites = etat(), []
    assert charger(dossier, 900, dites.append) == mot_de_passe
    assert (etat(), dites) == (avant, [])
    utilisateur.refresh_from_db()
    assert utilisateur.check_password("mon-nouveau-mot-de-passe")
    Depot.objects.filter(type="relogements").update(etat=Depot.Etat.RETIRE)
    charger(dossier)
    assert Depot.objects.count() == avant[0], "a deposit withdrawn by a user is not made again"


def test_an_interrupted_load_goes_on_with_its_own_size(dossier, monkeypatch):
    faits = []

    def interrompre(*arguments, **options):
        if len(faits) == 12:
            raise KeyboardInterrupt
        faits.append(arguments[0])
        return importer(*arguments, **options)

    importer = chargement.importer
    monkeypatch.setattr(chargement, "importer", interrompre)
    with pytest.raises(KeyboardInterrupt):
        charger(dossier)
    monkeypatch.setattr(chargement, "importer", importer)
    charger(dossier, 900)
    assert Depot.objects.charges().count() == len(fichiers.fabriquer(AU, LOGEMENTS))
    assert Residence.objects.courantes().count() == len(reunies(fichiers.fabriquer(AU, LOGEMENTS)))


def reunies(demo):
    return [code for f in demo if f.type == "residences" for code in f.table.CODE_RESIDENCE]


def test_a_refused_file_is_shown_with_its_report(dossier, monkeypatch):
    monkeypatch.setattr("suivi.demonstration.fichiers.EPCI", "")
    with pytest.raises(chargement.ChargementRefuse, match="epci.csv est refusé"):
        charger(dossier)


def test_one_account_for_each_role_with_a_password_of_this_database(dossier):
    mot_de_passe = charger(dossier)
    assert len(mot_de_passe) >= 12
    assert (dossier / "mot_de_passe.txt").read_text().strip() == mot_de_passe
    assert (dossier / "mot_de_passe.txt").stat().st_mode & 0o077 == 0
    for compte in COMPTES:
        assert Utilisateur.objects.get(email=compte.email).check_password(mot_de_passe)
        assert Adhesion.objects.get(utilisateur__email=compte.email).organisation.siren == compte.organisation
    natures = {a.organisation.nature for a in Adhesion.objects.select_related("organisation")}
    assert natures >= {"epci", "bailleur", "ddt", "commune", "action_logement", "departement"}
    (dossier / "mot_de_passe.txt").unlink()
    second = charger(dossier)
    assert second != mot_de_passe, "a lost password is drawn again"
    assert Utilisateur.objects.get(email=COMPTES[0].email).check_password(second)


def test_command_loads_and_prints_the_accounts_without_a_server(settings, capsys):
    settings.DEBUG = True
    call_command("demo", "--sans-serveur", "--logements", "300")
    sortie = capsys.readouterr().out
    assert all(compte.email in sortie for compte in COMPTES)
    assert (settings.VAR / "demo" / "mot_de_passe.txt").read_text().strip() in sortie


def test_command_refuses_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo", "--sans-serveur")


def test_command_refuses_too_small_a_stock(settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="40 au moins"):
        call_command("demo", "--sans-serveur", "--logements", "10")


def test_command_says_that_the_port_is_taken(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr("suivi.demonstration.superviseur.port_libre", lambda port: False)
    with pytest.raises(CommandError, match="make demo PORT=8001"):
        call_command("demo")


def test_two_demos_do_not_share_a_folder(settings):
    from suivi.management.commands.demo import seule

    settings.DEBUG = True
    with seule(), pytest.raises(CommandError, match="tourne déjà"):
        call_command("demo", "--sans-serveur", "--logements", "300")
