"""The cache on Redis when Redis does not answer: counters still count, nothing fails."""

import pytest

from config.cache import CacheRedis

SANS_REPONSE = "redis://127.0.0.1:1/0"


@pytest.fixture
def cache():
    un = CacheRedis(SANS_REPONSE, {"KEY_PREFIX": "essai", "OPTIONS": {"socket_connect_timeout": 1}})
    yield un
    un.clear()


def test_what_is_set_is_read_back_by_the_same_process(cache):
    cache.set("a", 1)
    cache.set_many({"b": 2, "c": 3})
    assert (cache.get("a"), cache.get_many(["a", "b", "z"]), cache.get("z", 9)) == (1, {"a": 1, "b": 2}, 9)
    cache.delete("a")
    assert not cache.has_key("a")


def test_attempts_are_still_counted(cache):
    assert cache.add("essais", 0, 900)
    assert [cache.incr("essais") for _ in range(3)] == [1, 2, 3]


def test_what_redis_was_counting_is_counted_again_from_zero(cache):
    assert cache.incr("jamais_vu") == 1
