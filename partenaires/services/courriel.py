"""The e-mail that tells a depositor what came of a file, and who asked for its withdrawal what came of that: where it
stands and the link, no value of the file."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from partenaires.models import Depot

Etat = Depot.Etat
SUITES = {
    Etat.A_CONFIRMER: ("à confirmer", "Il a été contrôlé : lisez son rapport, puis confirmez ou abandonnez."),
    Etat.CHARGE: ("chargé", "Ses lignes sont en vigueur ; les chiffres suivent au recalcul."),
    Etat.REFUSE: ("refusé", "Rien n'a changé : son rapport dit quoi corriger."),
    Etat.DEJA_CHARGE: ("déjà chargé", "Ce fichier est déjà en vigueur : rien n'a changé."),
    Etat.ECHEC: ("en échec", "Rien n'a changé : son rapport dit pourquoi, et il peut être repris."),
    Etat.RETIRE: ("retiré", "Ce qui était en vigueur avant lui l'est de nouveau ; les chiffres suivent au recalcul."),
}
NON_RETIRE = ("toujours en vigueur", "Son retrait s'est interrompu : rien n'a changé, sa page dit pourquoi.")


def prevenir(depot: Depot) -> None:
    """A mail that cannot be sent is logged: the deposit is what it is."""
    a_qui = {un.email for un in (depot.depose_par, depot.retire_par) if un is not None}
    if not a_qui or depot.etat not in SUITES:
        return
    etat, suite = SUITES[depot.etat]
    if depot.etat == Etat.CHARGE and depot.retire_par is not None:
        etat, suite = NON_RETIRE
    adresse = settings.PLATEFORME_URL.rstrip("/") + reverse("depot", args=[depot.pk])
    texte = f"Votre dépôt n° {depot.pk} ({depot.type}) est {etat}.\n\n{suite}\n\n{adresse}\n"
    try:
        send_mail(f"{settings.PLATEFORME_NOM} : dépôt n° {depot.pk} {etat}", texte, None, sorted(a_qui))
    except OSError:  # SMTP errors are OSErrors
        logging.getLogger(__name__).exception("Dépôt %s : le courriel n'est pas parti.", depot.pk)
