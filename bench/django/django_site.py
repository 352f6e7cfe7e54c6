"""The benchmark's site on Django 5.2: one file, the same four pages as the other sides."""
import os
import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

STORE = urlsplit(os.environ["BENCH_STORE"])
CACHE = os.environ["BENCH_CACHE"]


def database():
    if STORE.scheme == "postgres":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": STORE.path[1:],
            "USER": STORE.username,
            "PASSWORD": STORE.password,
            "HOST": STORE.hostname,
            "PORT": STORE.port,
            "CONN_MAX_AGE": None,
        }
    if STORE.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": STORE.netloc + STORE.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    return {"ENGINE": "django.db.backends.dummy"}


def cache():
    if CACHE.startswith("redis"):
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE}
    return {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}


settings.configure(
    SECRET_KEY="only-for-measuring-" + "x" * 40,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": database()},
    CACHES={"default": cache()},
    SESSION_ENGINE="django.contrib.sessions.backends." + os.environ["BENCH_ENGINE"],
    USE_TZ=True,
)
django.setup()


CART = [
        {"id": 17, "name": "Wool scarf", "quantity": 1, "price": 4950},
        {"id": 203, "name": "Felt hat, moss", "quantity": 2, "price": 6400},
        {"id": 388, "name": "Oak coat hanger", "quantity": 6, "price": 1275},
        {"id": 541, "name": "Umbrella, black", "quantity": 1, "price": 3890},
        {"id": 972, "name": "Leather gloves", "quantity": 1, "price": 7200},
    ]


def start(request, visitor):
    request.session["user"] = str(visitor)
    request.session["cart"] = CART
    request.session["token"] = "mQ4Zr8vX2kT9cLw1YbN7sJd5HgF3pRa6uEo0iVxKtBq"
    request.session["messages"] = [{"level": "success", "text": "Added Wool scarf to your cart."}]
    request.session["counter"] = 0
    return HttpResponse("ok")


def untouched(request):
    return HttpResponse("ok")


def read(request):
    return HttpResponse(str(request.session["counter"]))


def write(request):
    request.session["counter"] += 1
    return HttpResponse(str(request.session["counter"]))


def append(request, item):
    request.session["items"] = request.session.get("items", []) + [item]
    return HttpResponse("ok")


def items(request):
    return HttpResponse(str(len(request.session.get("items", []))))


def linger(request):
    """Writes at the end of a request that takes its time."""
    counter = request.session.get("counter", 0)
    time.sleep(0.02)
    request.session["counter"] = counter + 1
    return HttpResponse("ok")


def logout(request):
    request.session.flush()
    return HttpResponse("ok")


urlpatterns = [
    path("start/<int:visitor>", start),
    path("untouched", untouched),
    path("read", read),
    path("write", write),
    path("append/<int:item>", append),
    path("items", items),
    path("linger", linger),
    path("logout", logout),
]

application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
