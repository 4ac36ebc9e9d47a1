"""A bailleur hands in a file of its allocations: errors, corrected file, progress, confirmation, dashboard.

The worker is a real one, in its own process: it checks, loads and recomputes while the browser follows.
"""

import csv
import io
import os
import re
import subprocess
import sys
from datetime import date

import pytest
from playwright.sync_api import expect

from partenaires.tasks import traiter_depot
from suivi.demonstration.decor import BAILLEURS
from tests.e2e.conftest import ETROIT
from tests.e2e.test_pages import debordements, violations
from tests.suivi.test_recalcul_worker import RACINE, url_de_la_base

HORS_QPV = "Premier quartile et relogés, hors QPV"
PATIENCE = 90_000  # milliseconds; the recomputation waits twenty seconds for other files
CELERY = (sys.executable, "-m", "celery", "-A", "config.celery")


@pytest.fixture
def travailleur(demonstration, django_db_blocker, settings, tmp_path, monkeypatch):
    """A worker on the same database and the same files; what the pages send reaches it through its broker."""
    with django_db_blocker.unblock():
        environnement = os.environ | {"DATABASE_URL": url_de_la_base(), "VAR_DIR": str(settings.VAR)}
    envois = []

    def envoyer(pk):
        tache = ["call", "partenaires.tasks.traiter_depot", "--args", f"[{pk}]"]
        envois.append(subprocess.Popen([*CELERY, *tache], cwd=RACINE, env=environnement, stdout=subprocess.DEVNULL))

    monkeypatch.setattr(traiter_depot, "delay", envoyer)
    with (tmp_path / "worker.log").open("wb") as journal:
        options = ["worker", "--pool", "solo", "--without-gossip", "--without-mingle"]
        worker = subprocess.Popen(
            [*CELERY, *options], cwd=RACINE, env=environnement, stdout=journal, stderr=subprocess.STDOUT
        )
        yield
        worker.terminate()
        worker.wait(timeout=60)
        for envoi in envois:
            envoi.wait(timeout=60)


@pytest.fixture
def attributions(demonstration, tmp_path_factory) -> list[dict]:
    """New allocations of the bailleur, signed outside the quarters this year: those of the demo under new numbers."""
    (source,) = tmp_path_factory.getbasetemp().glob(f"demo[0-9]*/sne_radiations_{date.today().year}.csv")
    with source.open(encoding="utf-8-sig", newline="") as flux:
        lignes = list(csv.DictReader(flux, delimiter=";"))
    siennes = [
        une
        for une in lignes
        if une["SIREN_RADIATION"] == BAILLEURS[0].siren
        and une["ISSUE_ATTRIBUTION"] == "bail_signe"
        and une["NB_HQPV"] == "1"
    ]
    return [une | {"NUMERO_UNIQUE": f"777{rang:015d}"} for rang, une in enumerate(siennes)]


def fichier(lignes: list[dict]) -> dict:
    texte = io.StringIO()
    ecrivain = csv.DictWriter(texte, lignes[0], delimiter=";")
    ecrivain.writeheader()
    ecrivain.writerows(lignes)
    return {"name": "attributions.csv", "mimeType": "text/csv", "buffer": texte.getvalue().encode()}


def remettre(page, lignes):
    page.get_by_label("Fichiers à déposer").set_input_files(fichier(lignes))
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_label("Type de fichier")).to_have_value("sne_radiations")
    page.get_by_role("button", name="Lancer le contrôle").click()


def base_du_bailleur(page) -> int:
    """Denominator of its first legal objective, on its dashboard."""
    page.goto("/")
    bloc = page.locator("article.objectif").filter(has=page.get_by_role("heading", name=HORS_QPV)).first
    return int(re.sub(r"\D", "", bloc.locator(".decompte").inner_text().split("sur")[1]))


def test_bailleur_goes_from_a_faulty_file_to_a_dashboard_that_moves(page_de, travailleur, attributions):
    page = page_de("bailleur")
    avant = base_du_bailleur(page)
    page.get_by_role("link", name="Dépôts", exact=True).click()
    page.get_by_role("link", name="Déposer des fichiers").click()

    # a faulty file, and the list of its errors
    faux = [attributions[0] | {"DATE_SIGNATURE_BAIL": "le trois mars"}, *attributions[1:]]
    faux[1] = faux[1] | {"REVENU_MENSUEL_FOYER": "mille euros"}
    remettre(page, faux)
    expect(page.get_by_role("progressbar", name="Avancement")).to_be_visible()
    expect(page.get_by_text("Refusé.")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text("«\u00a0le trois mars\u00a0»")
    expect(page.locator("main")).to_contain_text("masquées : données personnelles")
    with page.expect_download() as attendu:
        page.get_by_role("link", name="Toutes les erreurs (CSV)").click()
    _, *erreurs = csv.reader(attendu.value.path().open(encoding="utf-8-sig"), delimiter=";")
    assert [(une[0], une[1], une[4]) for une in erreurs] == [
        ("2", "DATE_SIGNATURE_BAIL", "le trois mars"),
        ("3", "REVENU_MENSUEL_FOYER", ""),
    ]
    assert violations(page) == []

    # the corrected one, checked, then confirmed
    page.get_by_role("link", name="Déposer le fichier corrigé").click()
    remettre(page, attributions)
    expect(page.get_by_role("progressbar", name="Avancement")).to_be_visible()
    expect(page.get_by_text("À confirmer.")).to_be_visible(timeout=PATIENCE)
    nouvelles = page.locator(".changements div").filter(has_text="Nouvelles")
    expect(nouvelles.locator(".chiffre")).to_have_text(str(len(attributions)))
    assert violations(page) + page.erreurs == []
    page.get_by_role("button", name="Confirmer le chargement").click()
    expect(page.get_by_text("Chargé", exact=True)).to_be_visible(timeout=PATIENCE)
    depot = page.url

    # the worker recomputes: the base of the objective grows by as many leases
    for _ in range(PATIENCE // 2_000):
        if base_du_bailleur(page) != avant:
            break
        page.wait_for_timeout(2_000)
    assert base_du_bailleur(page) == avant + len(attributions)

    # withdrawn, it leaves things as they were
    page.goto(depot)
    page.get_by_role("link", name="Retirer ce dépôt").click()
    page.get_by_role("button", name="Retirer ce dépôt").click()
    expect(page.locator("main")).to_contain_text("Ce qui était en vigueur avant lui l'est de nouveau")


def test_deposit_works_without_script_on_a_phone(navigateur, sessions, demonstration):
    contexte = navigateur.new_context(
        base_url=demonstration[0], viewport=ETROIT, java_script_enabled=False, storage_state=sessions("bailleur")
    )
    page = contexte.new_page()
    page.goto("/depots/nouveau/")
    page.get_by_label("Fichiers à déposer").set_input_files(
        {"name": "inconnu.csv", "mimeType": "text/csv", "buffer": b"A;B\n1;2\n"}
    )
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.locator("main")).to_contain_text("Type non reconnu")
    page.get_by_role("button", name="Écarter inconnu.csv").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dépôts")
    contexte.close()


def test_files_dropped_are_listed_and_the_pages_of_a_deposit_are_accessible(page_de):
    page = page_de("bailleur", ETROIT)
    page.goto("/depots/nouveau/")
    page.locator(".zone-depot").evaluate(
        """zone => {
          const transfert = new DataTransfer();
          transfert.items.add(new File(["A;B\\n1;2\\n"], "glisse.csv"));
          zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfert, cancelable: true }));
        }"""
    )
    expect(page.get_by_role("list", name="Fichiers choisis")).to_contain_text("glisse.csv (8 octets)")
    fautes = violations(page) + debordements(page)
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_role("group", name="glisse.csv")).to_be_visible()
    fautes += violations(page) + debordements(page) + page.erreurs
    page.get_by_role("button", name="Écarter glisse.csv").click()
    assert fautes == []
