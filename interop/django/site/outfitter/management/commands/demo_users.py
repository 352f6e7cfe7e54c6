"""Makes the demo users, or gives them their password again."""
import os

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "makes the users demo and staff with the password in SITE_DEMO_PASSWORD"

    def handle(self, **options):
        for name in ["demo", "staff"]:
            user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": name == "staff"})
            user.set_password(os.environ["SITE_DEMO_PASSWORD"])
            user.save()
