"""Leaves sessions behind whose time is up, and counts what is there."""
import os
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand

TWO_MONTHS = 60 * 24 * 60 * 60


class Command(BaseCommand):
    help = "makes N expired sessions and prints how many sessions are kept"

    def add_arguments(self, parser):
        parser.add_argument("number", type=int)

    def handle(self, number, **options):
        store = import_module(settings.SESSION_ENGINE).SessionStore
        for _ in range(number):
            session = store()
            session["cart"] = {"1": 1}
            session.set_expiry(-TWO_MONTHS)
            session.create()
            self.make_old(session.session_key)
        self.stdout.write(str(self.kept()))

    def make_old(self, key):
        if settings.SESSION_FILE_PATH:
            path = Path(settings.SESSION_FILE_PATH) / (settings.SESSION_COOKIE_NAME + key)
            then = path.stat().st_mtime - TWO_MONTHS
            os.utime(path, (then, then))

    def kept(self):
        if settings.SESSION_FILE_PATH:
            return sum(1 for _ in Path(settings.SESSION_FILE_PATH).iterdir())
        return Session.objects.count()
