"""The e-mail that tells a depositor what came of a file: where it stands and the link, no value of the file."""

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
}


def prevenir(depot: Depot) -> None:
    """A mail that cannot be sent is logged: the deposit is what it is."""
    if depot.depose_par is None or depot.etat not in SUITES:
        return
    etat, suite = SUITES[depot.etat]
    adresse = settings.PLATEFORME_URL.rstrip("/") + reverse("depot", args=[depot.pk])
    texte = f"Votre dépôt n° {depot.pk} ({depot.type}) est {etat}.\n\n{suite}\n\n{adresse}\n"
    try:
        send_mail(f"{settings.PLATEFORME_NOM} : dépôt n° {depot.pk} {etat}", texte, None, [depot.depose_par.email])
    except OSError:  # SMTP errors are OSErrors
        logging.getLogger(__name__).exception("Dépôt %s : le courriel n'est pas parti.", depot.pk)
