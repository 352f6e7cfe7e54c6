"""The same as more_cases.py for ways through a wizard of django-formtools: requests of chance to one of three wizards.

    target/django/venv/bin/python interop/django/more_wizards.py [SEED [COUNT]] > wizards.json
"""
import importlib
import json
import random
import sys
import types

SEED, COUNT = (int(it) for it in (sys.argv[1:] + ["1", "300"][len(sys.argv) - 1:])[:2])
CHANCE = random.Random(SEED)

import django  # noqa: E402
from django.conf import settings  # noqa: E402

URLS = sys.modules["urls_of_wizards"] = types.ModuleType("urls_of_wizards")
settings.configure(
    SECRET_KEY="test-secret-key-for-vectors-0123456789abcdef", ALLOWED_HOSTS=["testserver"], USE_TZ=True, ROOT_URLCONF="urls_of_wizards",
    INSTALLED_APPS=["django.contrib.sessions", "formtools"], DATABASES={},
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
)
django.setup()

from django import forms  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

views = importlib.import_module("formtools.wizard.views")
EMPTY = {"step": None, "step_data": {}, "step_files": {}, "extra_data": {}}


class A(forms.Form):
    name = forms.CharField()


class B(forms.Form):
    age = forms.IntegerField()


class C(forms.Form):
    ok = forms.BooleanField()


class Told:
    """Answers with what a page would show."""

    form_list = [("a", A), ("b", B), ("c", C)]

    def render_to_response(self, context):
        form, steps, management = context["form"], self.steps, context["wizard"]["management_form"]
        facts = {"current": steps.current, "index": steps.index, "step0": steps.step0, "step1": steps.step1, "count": steps.count, "first": steps.first,
                 "last": steps.last, "next": steps.next, "prev": steps.prev, "all": steps.all, "bound": form.is_bound, "errors": form.errors,
                 "data": dict(form.data.lists()) if form.is_bound else {}, "prefix": form.prefix, "mgmt": management.prefix, "mgmt_initial": management.initial}
        return JsonResponse(facts)

    def done(self, form_list, form_dict, **kwargs):
        return JsonResponse({"forms": [form.cleaned_data for form in form_list], "steps": list(form_dict)})


class SessWizard(Told, views.SessionWizardView):
    pass


class CondWizard(Told, views.SessionWizardView):
    condition_dict = {"b": lambda wizard: (wizard.get_cleaned_data_for_step("a") or {}).get("name") == "yes"}


class NamWizard(Told, views.NamedUrlSessionWizardView):
    pass


named = NamWizard.as_view(url_name="n")
URLS.urlpatterns = [path("s/", SessWizard.as_view()), path("k/", CondWizard.as_view()), path("n/<step>/", named, name="n"), path("n/", named)]
FIELDS = {"a": ["a-name", "n"], "b": ["b-age", "5"], "c": ["c-ok", "on"]}


def filled(kind, step, prefix, right):
    name, value = FIELDS[step]
    if kind == "k" and step == "a":
        value = CHANCE.choice(["yes", "n"])
    fields = {f"{prefix}-current_step": step}
    return fields | ({name: value} if right else {})


def chosen(kind, prefix, at):
    """One request, mostly on the way to the end."""
    step, dice = at if at in FIELDS else "a", CHANCE.random()
    to = CHANCE.choice("abc")
    where = (lambda name: f"/n/{name}/") if kind == "n" else (lambda name: f"/{kind}/")
    if dice < 0.6:
        return ["post", where(step), filled(kind, step, prefix, True)]
    if dice < 0.7:
        return ["post", where(step), filled(kind, step, prefix, False)]
    if dice < 0.78:
        return ["post", where(step), {"wizard_goto_step": to}]
    if dice < 0.86:
        return ["post", where(to), filled(kind, to, prefix, CHANCE.random() < 0.8)]
    if dice < 0.9:
        return ["post", where(step), {"wizard_goto_step": "zzz"} | filled(kind, step, prefix, True)]
    if dice < 0.93:
        name, value = FIELDS[step]
        return ["post", where(step), CHANCE.choice([{name: value}, {"other-current_step": step, name: value}, {f"{prefix}-current_step": "zzz", name: value}])]
    if kind != "n":
        return ["get", where(step), {}]
    return CHANCE.choice([["get", "/n/", {}], ["get", f"/n/{to}/", {}], ["get", "/n/done/", {}], ["get", "/n/zzz/", {}], ["get", "/n/", {"reset": ""}]])


def walk(number):
    kind = CHANCE.choice("skn")
    prefix = {"s": "sess_wizard", "k": "cond_wizard", "n": "nam_wizard"}[kind]
    client, steps, output, at = Client(raise_request_exception=False), [], [], "a"
    for request in range(CHANCE.randint(2, 9)):
        method, where, fields = ["get", f"/{kind}/", {}] if request == 0 else chosen(kind, prefix, at)
        response = getattr(client, method)(where, fields)
        stored = client.session.get(f"wizard_{prefix}", EMPTY)
        location = response.headers.get("Location")
        body = response.json() if response.status_code == 200 else None
        steps.append([method, where, fields])
        output.append({"status": response.status_code, "location": location, "body": body, "stored": stored})
        at = stored["step"]
    forms_ = "a: name CharField required; b: age IntegerField required; c: ok BooleanField required"
    inputs = {"steps": steps, "wizard_prefix": prefix, "forms": forms_,
              "conditions": 'step b only when cleaned a.name == "yes"' if kind == "k" else None,
              "url_name": "n" if kind == "n" else None, "done_step_name": "done" if kind == "n" else None}
    return {"id": f"wizard_flow-more-{number}", "kind": "wizard_flow", "inputs": inputs, "output": output}


json.dump([walk(number) for number in range(COUNT)], sys.stdout)
