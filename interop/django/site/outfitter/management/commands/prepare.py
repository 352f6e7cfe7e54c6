"""Makes the tables and the demo users, all in one start of Python."""
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections


class Command(BaseCommand):
    help = "migrates the databases and makes the demo users"

    def handle(self, **options):
        call_command("migrate", verbosity=0)
        if "sessions" in connections and connections["sessions"].vendor != "unknown":
            call_command("migrate", database="sessions", verbosity=0)
        call_command("demo_users")
