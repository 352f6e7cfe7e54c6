"""The same as more_cases.py for what Django does over a whole request: every action with every cookie, status and setting.

    target/django/venv/bin/python interop/django/more_flows.py > flows.json

Of `csrf_cookie` those with CSRF_USE_SESSIONS differ here: no SessionMiddleware adds its Vary.
"""
import datetime
import itertools
import json
import sys

import more_cases as more
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from more_cases import KEY, NOW, OLD, SessionStore, case, cases, csrf

from django.contrib import auth
from django.contrib.messages.storage import fallback
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends import base
from django.contrib.sessions.middleware import SessionMiddleware
from django.utils import timezone

SK, DRAWN = "abcdefghijklmnopqrstuvwxyz012345", "n" * 32
UTC = datetime.timezone.utc
call_command("migrate", verbosity=0)
timezone.now = lambda: datetime.datetime.fromtimestamp(more.now, UTC)
base.get_random_string = lambda *arguments: DRAWN


def rows():
    found = SessionStore.get_model_class().objects.all()
    return [[row.session_key, row.get_decoded()] for row in found]


ACTIONS = {
    "noop": lambda session: None, "read": lambda session: session.get("k"), "set": lambda session: session.__setitem__("a", 1),
    "del": lambda session: session.pop("k", None), "clear": lambda session: session.clear(), "flush": lambda session: session.flush(),
    "cycle": lambda session: session.cycle_key(), "expiry0": lambda session: session.set_expiry(0), "expiry60": lambda session: session.set_expiry(60),
    "external_delete": lambda session: (session.get("k"), SessionStore.get_model_class().objects.all().delete()),
}


def middleware(engine, actions, cookie, status, vary, changed):
    inputs = {"engine": engine, "actions": actions, "request_cookie": cookie, "view_status": status, "view_vary": vary,
              "settings": changed, "now": NOW, "secret": KEY}

    def asked():
        with override_settings(SESSION_ENGINE=f"django.contrib.sessions.backends.{engine}", **changed):
            SessionStore.get_model_class().objects.all().delete()
            request = HttpRequest()
            held = {"k": "v", "l": []}
            if cookie == "valid" and engine == "db":
                store = SessionStore(SK)
                store._session_cache = held
                store.save(must_create=True)
            value = {"valid": SK, "stale": SK, "short": "short", None: None}[cookie]
            if engine == "signed_cookies" and cookie == "valid":
                value = more.signing.dumps(held, compress=True, salt="django.contrib.sessions.backends.signed_cookies", serializer=more.SessionStore().serializer)
            elif engine == "signed_cookies" and cookie:
                value = "stale-and-forged-cookie-value-000"
            if value:
                request.COOKIES["sessionid"] = value

            def view(request):
                for action in actions:
                    for part in action.split("+"):
                        ACTIONS[part](request.session)
                response = HttpResponse("view", status=status)
                if vary:
                    response["Vary"] = vary
                return response
            status_, response = 0, None
            try:
                response = SessionMiddleware(view)(request)
            except Exception as error:
                if type(error).__name__ != "SessionInterrupted":
                    raise
                return {"status": 400, "set_cookie": [], "vary": None, "rows": rows() if engine == "db" else None}
            return {"status": response.status_code, "set_cookie": [morsel.OutputString() for morsel in response.cookies.values()],
                    "vary": response.get("Vary"), "rows": rows() if engine == "db" else None}
    case("session_middleware", inputs, asked)


def middlewares():
    actions = [["noop"], ["read"], ["set"], ["del"], ["clear"], ["flush"], ["cycle"], ["expiry0"], ["expiry60"], ["set", "flush"], ["flush", "set"], ["clear", "set"], ["cycle", "set"], ["read", "set"]]
    for engine, done, cookie in itertools.product(["db", "signed_cookies"], actions, [None, "valid", "stale", "short"]):
        if (engine, cookie) != ("signed_cookies", "short"):
            middleware(engine, done, cookie, 200, None, {})
    for done in ["set", "read", "clear"]:
        middleware("db", [f"external_delete+{done}"], "valid", 200, None, {})
    for engine, done, status, vary in itertools.product(["db", "signed_cookies"], ["noop", "read", "set", "flush"], [404, 500, 503, 302], [None, "*", "Accept-Language", "cookie", "Accept, Cookie"]):
        middleware(engine, [done], "valid", status, vary, {})
    for engine, done, cookie, changed in itertools.product(["db", "signed_cookies"], ["noop", "read", "set", "flush"], [None, "valid", "stale"], [
        {"SESSION_SAVE_EVERY_REQUEST": True}, {"SESSION_COOKIE_SAMESITE": False}, {"SESSION_COOKIE_SAMESITE": "Strict"}, {"SESSION_EXPIRE_AT_BROWSER_CLOSE": True}, {"SESSION_COOKIE_AGE": 60},
        {"SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_HTTPONLY": False, "SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_DOMAIN": ".example.com", "SESSION_COOKIE_PATH": "/app/", "SESSION_COOKIE_AGE": 60},
    ]):
        middleware(engine, [done], cookie, 200, None, changed)


def message_flows():
    class Storage(fallback.FallbackStorage):
        pass
    kinds = {"cookie": CookieStorage, "session": SessionStorage, "fallback": Storage}
    old = CookieStorage(HttpRequest())._encode([more.Message(20, "old", "")])
    spilled = {"_messages": '[["__json_message", 0, 20, "spilled", ""]]'}
    steps = [[], [["iter"]], [["add", 20, "new"]], [["iter"], ["add", 20, "new"]], [["add", 20, "new"], ["iter"]], [["iter"], ["unuse"]], [["len"]], [["add", 10, "dbg"]], [["add", 20, ""]],
             [["iter"], ["add", 20, "one"], ["iter"], ["add", 25, "two"]], [["add", 20, "a"], ["add", 40, "b"]], [["len"], ["iter"]], [["iter"], ["iter"]], [["add", 20, "n"], ["iter"], ["unuse"]]]
    for kind, ops, cookie, session in itertools.product(kinds, steps, [None, old, "garbage"], [{}, spilled, {"_messages": ""}, {"other": 1}]):
        def asked():
            request = HttpRequest()
            request.session = dict(session)
            if cookie:
                request.COOKIES["messages"] = cookie
            storage, seen = kinds[kind](request), None
            for op in ops:
                match op:
                    case ["iter"]:
                        seen = [str(message) for message in storage]
                    case ["add", level, text]:
                        storage.add(level, text)
                    case ["unuse"]:
                        storage.used = False
                    case ["len"]:
                        len(storage)
            response = HttpResponse()
            storage.update(response)
            morsel = response.cookies.get("messages")
            after = None
            if morsel is not None:
                after = "DELETED" if morsel["max-age"] == 0 else [str(m) for m in CookieStorage(request)._decode(morsel.value) if m != CookieStorage.not_finished]
            return {"seen": seen, "cookie_after": after, "session_after": request.session, "used": storage.used, "added_new": storage.added_new}
        case("messages_flow", {"storage": kind, "ops": ops, "cookie": cookie, "session": session, "secret": KEY}, asked)


def expiries():
    moments = [None, 0, -1, 1, 60, 1209600, -86400]
    for value, age, closes in itertools.product(moments, [1209600, 60], [True, False]):
        def asked():
            with override_settings(SESSION_COOKIE_AGE=age, SESSION_EXPIRE_AT_BROWSER_CLOSE=closes):
                store = SessionStore()
                store._session_cache = {}
                store.set_expiry(value)
                return {"stored": store.get("_session_expiry"), "age": store.get_expiry_age(), "date": store.get_expiry_date().isoformat(),
                        "expire_at_browser_close": store.get_expire_at_browser_close(), "modified": store.modified}
        case("session_expiry", {"set_expiry": value, "now": NOW, "SESSION_COOKIE_AGE": age, "SESSION_EXPIRE_AT_BROWSER_CLOSE": closes}, asked)


def csrf_cookies():
    secret, masked = "cat9ag498dyT5bl5GhcqrGi0qx020vor", "wNIvVaP3RjdmSlPUxYu3JvQvB7KUdDWdyN1uVgJ2PmB5Nm0P35wj01YlRuAM3Yau"
    drawn = "N" * 32
    csrf.get_random_string = lambda *arguments, **named: drawn
    changes = [{}, {"CSRF_COOKIE_AGE": None}, {"CSRF_COOKIE_AGE": 60}, {"CSRF_COOKIE_SAMESITE": "Strict"}, {"CSRF_COOKIE_SAMESITE": None}, {"CSRF_COOKIE_NAME": "own"},
               {"CSRF_COOKIE_SECURE": True, "CSRF_COOKIE_HTTPONLY": True, "CSRF_COOKIE_DOMAIN": ".example.com", "CSRF_COOKIE_PATH": "/app/"}, {"CSRF_USE_SESSIONS": True}]
    for cookie, asks, rotates, changed in itertools.product([None, secret, masked, "bad", "*" * 32], [True, False], [True, False], changes):
        def asked():
            with override_settings(**changed):
                request, response = HttpRequest(), HttpResponse()
                request.session = {}
                if cookie is not None:
                    if changed.get("CSRF_USE_SESSIONS"):
                        request.session["_csrftoken"] = cookie
                    else:
                        request.COOKIES[changed.get("CSRF_COOKIE_NAME", "csrftoken")] = cookie
                middleware = csrf.CsrfViewMiddleware(lambda request: response)
                middleware.process_request(request)
                if asks:
                    csrf.get_token(request)
                if rotates:
                    csrf.rotate_token(request)
                middleware.process_response(request, response)
                return {"set_cookie": [morsel.OutputString() for morsel in response.cookies.values()], "vary": response.get("Vary"), "session": request.session}
        if not (changed.get("CSRF_USE_SESSIONS") and cookie):
            case("csrf_cookie", {"request_cookie": cookie, "get_token_called": asks, "rotate_token_called": rotates, "settings": changed, "now": NOW, "new_random": drawn}, asked)


def auths():
    class User:
        is_active, pk, id = True, 42, 42
        password = "pbkdf2_sha256$1000000$saltsaltsaltsaltsaltsa$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="
    from django.contrib.auth.base_user import AbstractBaseUser as Base
    hashed = lambda key: more.salted_hmac("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash", User.password, secret=key, algorithm="sha256").hexdigest()
    for password in ["", "x", "é", User.password, "!unusable"]:
        case("auth_hash", {"secret": KEY, "password_field": password, "key_salt": "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"},
             lambda: more.salted_hmac("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash", password, secret=KEY, algorithm="sha256").hexdigest())


def cookies():
    values = itertools.product(["n", "__Host-c", "__Secure-c", "__host-c"], [None, "/", "/app", ""], [None, ".example.com"], [None, "Lax", "none", "STRICT", "bogus", ""])
    for name, path, domain, same in values:
        given = {key: value for key, value in {"path": path, "domain": domain, "samesite": same}.items() if value is not None}

        def deleted():
            response = HttpResponse()
            response.delete_cookie(name, **given)
            return response.cookies[name].OutputString()
        case("cookie_delete", {"name": name} | given, deleted)
    for age, path, domain, same, secure, only in itertools.product([None, 0, -5, 10, 10.9, "10"], [None, "/p", ""], [None, ".x.y", ""], [None, "sTrict", "bogus"], [True, False], [True, False]):
        given = {key: value for key, value in {"max_age": age, "path": path, "domain": domain, "samesite": same}.items() if value is not None}
        given |= {key: True for key, value in {"secure": secure, "httponly": only}.items() if value}

        def written():
            response = HttpResponse()
            response.set_cookie("n", "v", **given)
            return response.cookies["n"].OutputString()
        case("cookie_output", {"name": "n", "value": "v"} | given | {"now": NOW}, written)


if __name__ == "__main__":
    for kind in (middlewares, message_flows, expiries, csrf_cookies, auths, cookies):
        kind()
    json.dump(cases, sys.stdout)
