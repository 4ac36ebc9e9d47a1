"""The mark of quality beside a figure: complete, fresh, coherent, with its reasons."""

from django import template
from django.urls import reverse

from diagnostic.services.qualite import qualite
from diagnostic.views.marques import MarqueMontree

register = template.Library()
SOURCES_JUGEES = ("rpls", "ops", "gestion", "sne")


@register.inclusion_tag("composants/marque.html", takes_context=True)
def marque(context, source, bailleur, millesime, epci="", courte=False):
    """Mark of a source for a bailleur (empty: the territory) and a year; nothing where the reader may know nothing.

    `source`: one of the sources, or several joined by « + » (the first one judges). All the marks of a page come from
    one reading of its territory.
    """
    request = context["request"]
    epci = epci or request.selection.epci
    nom = source.partition("+")[0]
    trouvee = qualite(request.adhesion, epci).marque(nom, bailleur or "", millesime) if nom in SOURCES_JUGEES else None
    if trouvee is None:
        return {}
    page = reverse("qualite_bailleur", args=[bailleur]) if bailleur else reverse("qualite")
    return {"marque": MarqueMontree(trouvee, courte, f"{page}?epci={epci}&annee={millesime}")}


@register.inclusion_tag("composants/marque.html")
def marque_montree(marque):
    """A mark that is already made."""
    return {"marque": marque}
