"""The cache on Redis. While Redis does not answer, the memory of the process stands in for it: what counts attempts
still counts, and no page fails for want of a cache."""

import logging
from functools import wraps

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

journal = logging.getLogger(__name__)


def secouru(nom: str):
    methode = getattr(RedisCache, nom)

    @wraps(methode)
    def faire(self, *arguments, **options):
        try:
            return methode(self, *arguments, **options)
        except RedisError as erreur:
            journal.warning("Redis ne répond pas (%s) : le cache est celui de ce processus.", erreur)
            return getattr(self.secours, nom)(*arguments, **options)

    return faire


class CacheRedis(RedisCache):
    def __init__(self, server, params):
        super().__init__(server, params)
        self.secours = Secours("secours", {cle: v for cle, v in params.items() if cle != "OPTIONS"})

    add, get, set, touch, delete, incr, has_key, clear = map(
        secouru, ("add", "get", "set", "touch", "delete", "incr", "has_key", "clear")
    )
    get_many, set_many, delete_many = map(secouru, ("get_many", "set_many", "delete_many"))


class Secours(LocMemCache):
    def incr(self, key, delta=1, version=None):
        """What Redis was counting when it stopped answering is counted again from zero."""
        self.add(key, 0, version=version)
        return super().incr(key, delta, version)
