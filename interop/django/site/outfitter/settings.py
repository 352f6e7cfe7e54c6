"""Settings as `startproject` makes them, with stores and keys from the environment.

Sessions, messages, cookies and CSRF stay at Django's defaults: the shop in Rust has to follow them.
"""
import json
import os
from pathlib import Path

from outfitter import stores

BASE_DIR = Path(__file__).resolve().parent.parent
STORE = os.environ["SITE_STORE"]
CACHE = os.environ.get("SITE_CACHE")

SECRET_KEY = os.environ["SITE_SECRET_KEY"]
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SITE_SECRET_KEY_FALLBACKS", "").split(",") if key]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
DEBUG = False

INSTALLED_APPS = [
    "outfitter",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "formtools",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "outfitter.urls"
LOGIN_URL = "/login"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "outfitter.frame.frame",
            ],
        },
    },
]

# Users stand beside the sessions where a server keeps those, and else in a file of their own, which both sides read.
USERS = os.environ["SITE_USERS"]
DATABASES = {"default": stores.database(USERS)}
if USERS != STORE:
    DATABASES["sessions"] = stores.database(STORE)
    DATABASE_ROUTERS = ["outfitter.stores.Router"]
CACHES = {"default": stores.cache(CACHE or STORE)}
SESSION_ENGINE = stores.engine(STORE, CACHE)
SESSION_FILE_PATH = stores.folder(STORE)

# The same users may sign in a hundred times in a test; the number stands in each password's column.
PASSWORD_HASHERS = ["outfitter.hasher.Quick"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["security.W009"]

# A test that breaks a setting on one side, to see that it is noticed.
globals().update(json.loads(os.environ.get("SITE_OVERRIDES", "{}")))
if "ROWS_TIME_ZONE" in globals():
    DATABASES.get("sessions", DATABASES["default"])["TIME_ZONE"] = ROWS_TIME_ZONE
if "OWN_CACHE_KEYS" in globals():
    CACHES["default"]["KEY_FUNCTION"] = "outfitter.stores.key"
