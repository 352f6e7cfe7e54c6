"""Makes more cases of the kinds in vectors/django-5.2.json by asking the real Django, with inputs of chance.

Run with the Python that `cargo xtask interop` sets up:
    target/django/venv/bin/python interop/django/more_cases.py [SEED [COUNT]] > more.json
    cargo run -q -p django-interop --bin vectors -- more.json
"""
import json
import random
import string
import sys
import time
import zlib

import django
from django.conf import settings

KEY = "test-secret-key-for-vectors-0123456789abcdef"
OLD = "old-secret-key-for-vectors-fedcba9876543210"
NOW = 1767225600
HOSTS = ["testserver", "www.example.com", ".example.org"]
settings.configure(SECRET_KEY=KEY, ALLOWED_HOSTS=HOSTS, USE_TZ=True, INSTALLED_APPS=["django.contrib.sessions"],
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.contrib.messages.storage.base import Message  # noqa: E402
from django.contrib.messages.storage.cookie import CookieStorage as Messages  # noqa: E402
from django.contrib.messages.storage.session import SessionStorage as SessionMessages  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.backends.signed_cookies import SessionStore as InCookie  # noqa: E402
from django.core import signing  # noqa: E402
from django.http import HttpRequest, HttpResponse, parse_cookie  # noqa: E402
from django.middleware import csrf  # noqa: E402
from django.middleware.security import SecurityMiddleware  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils.crypto import salted_hmac  # noqa: E402
from formtools.wizard.storage.cookie import CookieStorage  # noqa: E402
from formtools.wizard.views import normalize_name  # noqa: E402

chance = random.Random()
now = NOW
time.time = lambda: now
cases = []


def case(kind, inputs, run):
    """Notes what Django answers."""
    one = {"id": f"{kind}-more-{len(cases)}", "kind": kind, "inputs": inputs}
    try:
        one["output"] = run()
    except Exception as error:
        name = type(error).__name__
        module = type(error).__module__
        one["error"] = f"{module}.{name}" if module in ("binascii", "zlib") else name
    try:
        # What JSON, or UTF-8, has no word for is told otherwise in vectors.
        json.dumps(one, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return
    cases.append(one)


PIECES = ["a", "hello", "é", "日本", "🎉", ":", ",", ";", "=", '"', "\\", " ", "\t", "\n", "\x00", "\x7f", "\x85", "%41", "/",
          "\\101", "\\\"", "é’", "0", "-1", ".", "_", "~", "|", "[", "{", "<b>", "&", "'", "\u2028", "\ufeff", "\xad", "ß", "İ"]


def text(most=6):
    return "".join(chance.choice(PIECES) for _ in range(chance.randrange(most + 1)))


def word(most=8):
    return "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(chance.randint(1, most)))


def value(depth=3):
    kinds = ["text", "int", "float", "none", "bool"] + (["list", "dict"] * 2 if depth else [])
    match chance.choice(kinds):
        case "text":
            return text()
        case "int":
            return chance.choice([0, 1, -1, 2**31, 2**53, 2**63 - 1, -2**63, 2**64, 10**30, -10**25, chance.randrange(-10**6, 10**6)])
        case "float":
            return chance.choice([0.0, -0.0, 1.5, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308,
                                  0.1 + 0.2, chance.uniform(-1e6, 1e6), chance.random() * 10 ** chance.randint(-20, 20)])
        case "none":
            return None
        case "bool":
            return chance.random() < 0.5
        case "list":
            return [value(depth - 1) for _ in range(chance.randrange(4))]
        case _:
            return {text(3): value(depth - 1) for _ in range(chance.randrange(4))}


def session():
    return {word(): value() for _ in range(chance.randrange(5))} | ({"long": "word " * chance.randrange(60)} if chance.random() < .3 else {})


def spoiled(signed):
    """Something like what was signed, mostly wrong."""
    at = chance.randrange(len(signed) + 1)
    return chance.choice([
        lambda: signed, lambda: signed[:at] + signed[at + 1:], lambda: signed[:at] + chance.choice(PIECES) + signed[at:],
        lambda: signed + "=", lambda: signed.swapcase(), lambda: signed.replace(":", "", 1), lambda: "." + signed,
        lambda: signed[1:], lambda: "", lambda: signed.upper(), lambda: " " + signed, lambda: signed[::-1],
    ])()


def signing_kinds():
    n = chance.choice([0, 61, 62, 63, -1, -62, 2**63, 10**37, chance.randrange(10**12), -chance.randrange(10**12)])
    case("b62_encode", {"n": n}, lambda: signing.b62_encode(n))
    s = chance.choice(["", "-", "-0", "00", "é", " 1", "1 ", "-zz", "--1", word(), word(20), "a_b", text(2)])
    case("b62_decode", {"s": s}, lambda: signing.b62_decode(s))
    salt, held, algorithm = text(), text(), chance.choice(["sha1", "sha256", "sha512", "md5", "sha224", "sha384"])
    case("salted_hmac", {"key_salt": salt, "value": held, "secret": KEY, "algorithm": algorithm},
         lambda: salted_hmac(salt, held, secret=KEY, algorithm=algorithm).hexdigest())
    sep = chance.choice([":", "/", ",", "::", "a:", "é", " ", "|", "_", "-", "=", "", "Z9", "!"])
    signer = lambda: signing.Signer(key=KEY, salt=salt, sep=sep, algorithm=algorithm)
    case("signer_sign", {"key": KEY, "salt": salt, "sep": sep, "algorithm": algorithm, "value": held}, lambda: signer().sign(held))
    with_key = chance.choice([KEY, OLD, "other"])
    fallbacks = chance.choice([[], [OLD], ["other", OLD], [OLD, "x"]])
    signed = spoiled(signing.Signer(key=with_key).sign(held))
    case("signer_unsign", {"key": KEY, "fallback_keys": fallbacks, "signed": signed},
         lambda: signing.Signer(key=KEY, fallback_keys=fallbacks).unsign(signed))


def at(moment, run):
    global now
    before, now = now, moment
    try:
        return run()
    finally:
        now = before


def timed_kinds():
    moment = chance.choice([NOW, NOW + 0.5, 1, 0, 2**33, NOW + chance.randrange(10**7)])
    held, salt = text(), chance.choice([None, text()])
    sign = lambda: signing.TimestampSigner(key=KEY, salt=salt).sign(held)
    case("timestamp_sign", {"key": KEY, "salt": salt, "time": moment, "value": held}, lambda: at(moment, sign))
    signed = chance.choice([lambda: signing.TimestampSigner(key=KEY).sign(held), lambda: spoiled(signing.TimestampSigner(key=KEY).sign(held)),
                            lambda: signing.Signer(key=KEY, salt="django.core.signing.TimestampSigner").sign(held + ":" + chance.choice(["-1", "!!", "", "é", "zzzzzzzzzzzz", " 1"]))])()
    age = chance.choice([None, 0, 10, 10.5, -1, 1209600])
    then = NOW + chance.choice([0, 9.5, 10, 10.25, 11, -100, 10**9])
    case("timestamp_unsign", {"key": KEY, "signed": signed, "now": then, "max_age": age},
         lambda: at(then, lambda: signing.TimestampSigner(key=KEY).unsign(signed, max_age=age)))
    obj, compress = value(), chance.random() < 0.5
    salt = chance.choice(["django.core.signing", text()])
    case("dumps", {"key": KEY, "salt": salt, "time": NOW, "obj": obj, "compress": compress, "json": json.dumps(obj, separators=(",", ":"))},
         lambda: signing.dumps(obj, key=KEY, salt=salt, compress=compress))
    payload = chance.choice([
        lambda: signing.b64_encode(json.dumps(obj).encode()).decode(), lambda: "." + signing.b64_encode(zlib.compress(json.dumps(obj).encode(), chance.randrange(10))).decode(),
        lambda: signing.b64_encode(json.dumps(obj, ensure_ascii=False).encode("utf-8", "replace")).decode(),
        lambda: signing.b64_encode(spoiled(json.dumps(obj)).encode()).decode(), lambda: spoiled(signing.b64_encode(json.dumps(obj).encode()).decode()),
        lambda: "." + spoiled(signing.b64_encode(zlib.compress(json.dumps(obj).encode())).decode()),
        lambda: signing.b64_encode(chance.choice(JUNK).encode()).decode(),
    ])()
    signed = signing.TimestampSigner(key=KEY, salt="django.core.signing").sign(payload)
    case("loads", {"key": KEY, "salt": "django.core.signing", "now": NOW, "signed": signed, "max_age": None, "fallback_keys": [], "payload": payload},
         lambda: signing.loads(signed, key=KEY))


JUNK = ["", " ", "1 ", " 1", "\ufeff1", "01", "1.", ".5", "+1", "1e5", "1E+5", "1e", "-", "--1", "[1,]", "[,]", "{}x", '{"a":1,"a":2}', '{"a" : 1 }', '{a:1}', "{'a':1}",
        '"\\x"', '"\\u00e9"', '"\\ud83c\\udf89"', '"\\ud83c"', '"\\udf89\\ud83c"', '"\\uD83Cx"', '"\\u 123"', '"\\u+123"', '"\\u12"', '"\t"', '"\x7f"', '"\\/"', "nul", "null ", "True", "nan",
        "1_0", "0x1", "[" * 40 + "]" * 40, '{"":{}}', "\n[\r1\t]", "[1 2]", '"a', "-0", "-0.0", "1e400", "-1e400", "1e-400", "123456789012345678901234567890", '{"a":1}{"b":2}', "[1]\x00", '"\\u0000"', "\x0b1", "[1]\x0c"]


def cookie_kinds():
    header = chance.choice([
        lambda: "; ".join(f"{word()}={text()}" for _ in range(chance.randrange(4))), lambda: text(14),
        lambda: ";".join(chance.choice(['a="b"', "a", "=b", "a=", " = ", 'a="\\054"', 'q="\\"', 'q="', 'q="a;b"', "a=b=c", 'o="\\400\\377\\08"', "A=1", "a=2", 'e="\\é\\\n"', "$Path=/"]) for _ in range(chance.randrange(6))),
    ])()
    case("cookie_parse", {"header": header}, lambda: parse_cookie(header))
    name, salt, held = chance.choice([word, lambda: "a-b_c"])(), text(3), text()
    make = lambda: HttpResponse()
    case("cookie_output", {"name": (name := chance.choice([name, text(2), "Path", "MAX-age", "__Host-x"])), "value": held}, lambda: output(name, held))
    name = word()

    def signed_set():
        response = make()
        response.set_signed_cookie(name, held, salt=salt)
        morsel = response.cookies[name]
        return {"value": morsel.value, "header": morsel.OutputString()}
    case("signed_cookie_set", {"secret": KEY, "name": name, "value": held, "salt": salt, "time": NOW,
                               "effective_salt": f"django.http.cookies.v2:{len(salt)}:{salt}{name}", "effective_key_prefix": "django.http.cookies"}, signed_set)
    new = signing.get_cookie_signer(salt=f"django.http.cookies.v2:{len(salt)}:{salt}{name}").sign(held)
    old = signing.get_cookie_signer(salt=name + salt).sign(held)
    given, legacy, age = chance.choice([new, old, spoiled(new), spoiled(old)]), chance.random() < 0.5, chance.choice([None, 10, 0])
    then = NOW + chance.choice([0, 10, 11])

    def signed_get():
        request = HttpRequest()
        request.COOKIES[name] = given
        with override_settings(SIGNED_COOKIE_LEGACY_SALT_FALLBACK=legacy):
            return at(then, lambda: request.get_signed_cookie(name, salt=salt, max_age=age))
    case("signed_cookie_get", {"secret": KEY, "fallback_keys": [], "name": name, "cookie_value": given, "salt": salt, "max_age": age,
                               "now": then, "SIGNED_COOKIE_LEGACY_SALT_FALLBACK": legacy}, signed_get)


def output(name, held):
    response = HttpResponse()
    response.set_cookie(name, held)
    return response.cookies[name].OutputString()


def session_kinds():
    held = session()
    case("session_encode", {"secret": KEY, "salt": "django.contrib.sessions.SessionStore", "time": NOW, "session": held, "applies_to": ["db", "cached_db", "file"]},
         lambda: SessionStore().encode(held))
    data = chance.choice([lambda: SessionStore().encode(held), lambda: spoiled(SessionStore().encode(held)),
                          lambda: signing.TimestampSigner(key=KEY, salt="django.contrib.sessions.SessionStore").sign(signing.b64_encode(chance.choice(JUNK).encode()).decode())])()
    case("session_decode", {"secret": KEY, "fallback_keys": [], "data": data}, lambda: SessionStore().decode(data))

    def in_cookie():
        store = InCookie()
        store._session_cache = held
        store.modified = True
        return store._get_session_key()
    case("session_signed_cookie", {"secret": KEY, "salt": "django.contrib.sessions.backends.signed_cookies", "time": NOW, "session": held}, in_cookie)


def message_kinds():
    request = HttpRequest()
    request.session = {}
    messages = [Message(chance.choice([0, 10, 20, 25, 30, 40, -5, 99]), text() or "x", chance.choice([None, "", text(3)])) for _ in range(chance.randrange(4))]
    told = [{"level": m.level, "message": m.message, "extra_tags": m.extra_tags, "safe": False, "tags": m.tags} for m in messages]
    case("messages_session", {"messages": told, "session_key": "_messages"}, lambda: SessionMessages(request).serialize_messages(messages))
    encoded = Messages(request)._encode(messages)
    given = chance.choice([encoded or "", spoiled(encoded or "x")])

    def decode():
        request = HttpRequest()
        request.COOKIES["messages"] = given
        storage = Messages(request)
        found, everything = storage._get()
        shown = None if found is None else [{"level": m.level, "message": str(m.message), "extra_tags": m.extra_tags, "safe": hasattr(m.message, "__html__"), "tags": m.tags} for m in found]
        return {"messages": shown, "all_retrieved": everything, "used": storage.used}
    case("messages_cookie_decode", {"secret": KEY, "fallback_keys": [], "now": NOW, "cookie": given}, decode)


TRUSTED = ["https://trusted.example.net", "https://*.wild.example", "http://plain.example", "https://*.port.example:8443"]
PLACES = ["testserver", "TESTSERVER", "testserver:80", "testserver:443", "testserver:8000", "www.example.com", "a.example.org", "example.org", "attacker.example", "trusted.example.net",
          "a.wild.example", "wild.example", "x.wild.example:443", "plain.example", "a.port.example:8443", "a.port.example", "[::1]", "[", "user@testserver", "testserver.", ""]


def csrf_kinds():
    secret = csrf._get_new_csrf_string()
    token = chance.choice([csrf._mask_cipher_secret(secret), secret])
    given = chance.choice([token, token, token, spoiled(token), csrf._mask_cipher_secret(csrf._get_new_csrf_string())])
    case("csrf_unmask", {"token": (masked := csrf._mask_cipher_secret(secret))}, lambda: csrf._unmask_cipher_token(masked))

    def format_of():
        csrf._check_token_format(given)
        return "ok"
    case_of_format = {"id": "", "kind": "csrf_token_format", "inputs": {"token": given}}
    try:
        case_of_format["output"] = format_of()
    except csrf.InvalidTokenFormat as error:
        case_of_format["output"] = error.reason
    case_of_format["id"] = f"csrf_token_format-more-{len(cases)}"
    cases.append(case_of_format)
    request, inputs = HttpRequest(), {}
    inputs["cookie"] = chance.choice([secret, secret, csrf._mask_cipher_secret(secret), spoiled(secret), None])
    request.method = inputs["method"] = chance.choice(["POST", "POST", "POST", "GET", "PUT", "DELETE", "HEAD", "PATCH", "post"])
    inputs["host"] = chance.choice(PLACES[:8])
    inputs["secure"] = chance.random() < 0.5
    request.META |= {"HTTP_HOST": inputs["host"], "SERVER_PORT": "443" if inputs["secure"] else "80"}
    request._get_scheme = lambda: "https" if inputs["secure"] else "http"
    if inputs["secure"]:
        inputs["port"] = "443"
    where = chance.choice(["post", "header", "both", "none"])
    if where in ("post", "both") and request.method == "POST":
        inputs["post"] = given
        request.POST = {"csrfmiddlewaretoken": given}
    if where in ("header", "both"):
        inputs["header"] = request.META["HTTP_X_CSRFTOKEN"] = token if where == "header" else spoiled(token)
    url = lambda: chance.choice(["https://", "http://", "https://", "//", "ftp://"]) + chance.choice(PLACES) + chance.choice(["", "/", "/p?q#f"])
    if chance.random() < 0.5:
        origin = chance.choice([lambda: url().removesuffix("/p?q#f"), lambda: "null", lambda: ("https://" if inputs["secure"] else "http://") + inputs["host"]])()
        inputs["origin"] = request.META["HTTP_ORIGIN"] = origin
    if chance.random() < 0.7:
        inputs["referer"] = request.META["HTTP_REFERER"] = chance.choice([url, lambda: "https://" + inputs["host"] + "/"])()
    if chance.random() < 0.5:
        inputs["CSRF_TRUSTED_ORIGINS"] = TRUSTED
    inputs["ALLOWED_HOSTS"] = HOSTS
    if inputs["cookie"] is not None:
        request.COOKIES["csrftoken"] = inputs["cookie"]
    if inputs["cookie"] and inputs["cookie"] != inputs["cookie"].strip():
        return
    if not all(31 < ord(char) < 127 for text in inputs.values() if isinstance(text, str) for char in text):
        return

    def asked():
        middleware = csrf.CsrfViewMiddleware(lambda request: HttpResponse("fine"))
        refused = []
        middleware._reject = lambda request, reason: refused.append(reason) or HttpResponse(status=403)
        with override_settings(CSRF_TRUSTED_ORIGINS=inputs.get("CSRF_TRUSTED_ORIGINS", [])):
            middleware.process_request(request)
            middleware.process_view(request, lambda request: None, (), {})
        return {"accepted": False, "status": 403, "reason": refused[0]} if refused else {"accepted": True}
    case("csrf_request", inputs, asked)


def header_kinds():
    changed = {name: chance.choice(values) for name, values in {
        "SECURE_HSTS_SECONDS": [0, 1, 3600], "SECURE_HSTS_INCLUDE_SUBDOMAINS": [True, False], "SECURE_CONTENT_TYPE_NOSNIFF": [True, False],
        "SECURE_REFERRER_POLICY": [None, "same-origin", "origin, unsafe-url", ["no-referrer", "origin"]], "SECURE_CROSS_ORIGIN_OPENER_POLICY": [None, "same-origin", "unsafe-none"],
        "SECURE_SSL_REDIRECT": [True, False], "SECURE_SSL_HOST": [None, "secure.example"]}.items() if chance.random() < 0.4}
    secure, path = chance.random() < 0.5, chance.choice(["/a", "/", "/a?b=c", "/a b", "/é", "//x", "/a%20b", "/[a]|^", "/'\"<>"])
    if "?" in path:
        path = "/a"

    def asked():
        request = HttpRequest()
        request.path = request.path_info = path
        request.META |= {"HTTP_HOST": "testserver", "SERVER_PORT": "443" if secure else "80"}
        request._get_scheme = lambda: "https" if secure else "http"
        with override_settings(**changed):
            response = SecurityMiddleware(lambda request: HttpResponse("fine"))(request)
        names = ["Location", "Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"]
        return {"status": response.status_code, "headers": {name: response[name] for name in names if name in response}}
    case("security_headers", {"secure": secure, "path": path, "view_headers": {}, "settings": changed, "host": "testserver"}, asked)


def wizard_kinds():
    name = "".join(chance.choice(["A", "b", "HTTP", "Wizard", "2", "_", "é", "Form", "É", "x", "ab", "-"]) for _ in range(chance.randint(1, 5)))
    case("wizard_normalize_name", {"class_name": name}, lambda: normalize_name(name))
    prefix = "contact_wizard"
    state = {"step": chance.choice([None, "a"]), "step_data": {word(): {text(3): [text()] for _ in range(2)} for _ in range(chance.randrange(3))}, "step_files": {}, "extra_data": {"k": value()}}

    def written():
        response = HttpResponse()
        response.set_signed_cookie(f"wizard_{prefix}", CookieStorage.encoder.encode(state))
        morsel = response.cookies[f"wizard_{prefix}"]
        return {"cookie_name": morsel.key, "value": morsel.value, "header": morsel.OutputString()}
    case("wizard_cookie", {"secret": KEY, "class_prefix": prefix, "data": state, "time": NOW, "json": CookieStorage.encoder.encode(state),
                           "effective_salt": f"django.http.cookies.v2:0:wizard_{prefix}"}, written)
    value_ = written()["value"]
    given = chance.choice([value_, spoiled(value_)])

    def loaded():
        request = HttpRequest()
        request.COOKIES[f"wizard_{prefix}"] = given
        return CookieStorage(prefix, request).data
    case("wizard_cookie_load", {"secret": KEY, "class_prefix": prefix, "cookie": given, "SIGNED_COOKIE_LEGACY_SALT_FALLBACK": True}, loaded)
    case("wizard_session", {"secret": KEY, "class_prefix": prefix, "data": state, "time": NOW},
         lambda: {"session_key_name": f"wizard_{prefix}", "session_data": SessionStore().encode({f"wizard_{prefix}": state})})


if __name__ == "__main__":
    seed, count = (sys.argv[1:] + ["1", "100"][len(sys.argv) - 1:])[:2]
    chance.seed(int(seed))
    for _ in range(int(count)):
        for kind in (signing_kinds, timed_kinds, cookie_kinds, session_kinds, message_kinds, csrf_kinds, header_kinds, wizard_kinds):
            kind()
    json.dump(cases, sys.stdout)
