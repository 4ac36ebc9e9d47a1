"""The nightly part of the opinions: rounds opened where a note is due, reminders to the organisations that owe an
opinion: the night after a round is opened, then every `avis_rappel_jours` days while one is owed."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.urls import reverse

from diagnostic.models import RappelAvis, TourAvis
from diagnostic.services.avis import ouvrir_reevaluations
from partenaires.models import Adhesion, Parametre

# Organisations with opinions owed on current residences, how many, since when, for when.
DUS = """
SELECT t.epci, coalesce(te.nom, t.epci), o.id, count(*), max(t.ouvert_le), min(t.limite)
FROM diagnostic_touravis t
JOIN diagnostic_residence r ON r.courant AND r.identifiant = t.residence
JOIN diagnostic_commune c ON c.code = t.commune
JOIN partenaires_organisation o ON (o.nature = 'bailleur' AND o.siren = t.bailleur)
    OR (o.nature = 'commune' AND o.siren = c.siren)
LEFT JOIN diagnostic_territoire te ON te.siren = t.epci
WHERE t.clos_le IS NULL
  AND NOT EXISTS (SELECT 1 FROM diagnostic_avisproximite a WHERE a.tour_id = t.id AND a.partie = o.nature)
GROUP BY t.epci, te.nom, o.id ORDER BY t.epci, o.id
"""


@dataclass(frozen=True)
class Du:
    """Opinions that an organisation owes on a territory."""

    epci: str
    territoire: str
    organisation: int
    nombre: int
    ouvert_le: date
    limite: date


def chaque_nuit(le: date) -> int:
    """Open what is due and remind who owes; how many organisations were reminded. Again the same day: nobody."""
    for epci in TourAvis.objects.order_by().values_list("epci", flat=True).distinct():
        ouvrir_reevaluations(epci, le)
    return sum(rappeler(du, le) for du in lire_dus())


def lire_dus() -> list[Du]:
    with connection.cursor() as curseur:
        curseur.execute(DUS)
        return [Du(*ligne) for ligne in curseur.fetchall()]


def est_a_rappeler(dernier: date | None, ouvert_le: date, le: date, pas_jours: int) -> bool:
    """Never reminded since the last opening, or not for `pas_jours` days."""
    return dernier is None or dernier < ouvert_le or le >= dernier + timedelta(days=pas_jours)


def rappeler(du: Du, le: date) -> bool:
    """Send one e-mail to each member who may write, and remember it; nothing is remembered when none could go."""
    siens = RappelAvis.objects.filter(epci=du.epci, organisation=du.organisation, envoye_le__lte=le)
    dernier = siens.order_by("-envoye_le").values_list("envoye_le", flat=True).first()
    if not est_a_rappeler(dernier, du.ouvert_le, le, Parametre.objects.valeur("avis_rappel_jours", le, du.epci)):
        return False
    membres = Adhesion.objects.actives().filter(organisation=du.organisation).exclude(role=Adhesion.Role.LECTEUR)
    adresses = list(membres.order_by("pk").values_list("utilisateur__email", flat=True))
    with transaction.atomic():
        _, cree = RappelAvis.objects.get_or_create(
            epci=du.epci, organisation_id=du.organisation, envoye_le=le, defaults={"nombre": du.nombre}
        )
        envoyes = [envoyer(du, adresse) for adresse in adresses] if cree else []
        if cree and not any(envoyes):
            transaction.set_rollback(True)
    return any(envoyes)


def envoyer(du: Du, adresse: str) -> bool:
    """False when it cannot be sent: the log tells why, and the next night tries again."""
    lien = settings.PLATEFORME_URL.rstrip("/") + reverse("avis") + f"?epci={du.epci}&etat=a_donner"
    pluriel = "s" if du.nombre > 1 else ""
    objet = f"{settings.PLATEFORME_NOM} : {du.nombre} avis de proximité attendu{pluriel}"
    texte = (
        f"{du.territoire} attend de votre organisation {du.nombre} avis de proximité, "
        f"le premier pour le {du.limite:%d/%m/%Y}.\n\n{lien}\n"
    )
    try:
        send_mail(objet, texte, None, [adresse])
    except OSError:  # SMTP errors are OSErrors
        logging.getLogger(__name__).exception("Rappel d'avis à l'organisation %s : non envoyé.", du.organisation)
        return False
    return True
