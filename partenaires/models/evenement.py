from django.contrib.postgres.fields import ArrayField
from django.db import models

from partenaires.models.depot import LigneDeposee


class LigneEvenement(LigneDeposee):
    """A row that merges by key: a later file completes an earlier one, its empty cells keep what was known.

    `herites`: columns that the row's own file left empty and that an earlier one filled at the load: what changes when
    that earlier deposit is withdrawn.
    """

    herites = ArrayField(
        models.CharField(max_length=63), default=list, blank=True, verbose_name="colonnes héritées d'un dépôt antérieur"
    )

    class Meta:
        abstract = True
