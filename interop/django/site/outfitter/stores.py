"""Where sessions are kept, read from a URL as the shop's `CLOAKROOM_STORE` takes it."""
from urllib.parse import unquote, urlsplit

ENGINES = "django.contrib.sessions.backends."


def sqlite(url):
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(url.removeprefix("sqlite://")),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    }


def database(url):
    """The database with the table `django_session`; where there is none, one that is never asked."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(url)
    drivers = {"postgres": "postgresql", "mysql": "mysql"}
    if parts.scheme not in drivers:
        return {"ENGINE": "django.db.backends.dummy"}
    return {
        "ENGINE": "django.db.backends." + drivers[parts.scheme],
        "NAME": parts.path[1:],
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


def cache(url):
    parts = urlsplit(url)
    if parts.scheme == "redis":
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    if parts.scheme == "memcached":
        return {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": parts.netloc}
    return {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}


def engine(url, cache):
    kind = urlsplit(url).scheme
    if cache:
        return ENGINES + "cached_db"
    return ENGINES + {"redis": "cache", "memcached": "cache", "file": "file", "cookie": "signed_cookies"}.get(kind, "db")


def folder(url):
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else None


class Router:
    """Leads sessions to their database and everything else to that of the users."""

    def db_for_read(self, model, **hints):
        return "sessions" if model._meta.app_label == "sessions" else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "sessions") == (app_label == "sessions")


def key(key, prefix, version):
    """Names an entry of the cache otherwise than Django would."""
    return "outfitter/%d/%s/%s" % (version, prefix, key)
