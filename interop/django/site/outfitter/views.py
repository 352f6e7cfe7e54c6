"""The pages, written as one writes them in Django."""
import json
from datetime import datetime, timedelta

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.messages.views import SuccessMessageMixin
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_http_methods
from django.views.generic.edit import FormView

from outfitter import cart as basket
from outfitter import catalogue, forms
from outfitter.texts import say

THIRTY_DAYS = 30 * 24 * 60 * 60
BOARD = []


class SeeOther(HttpResponseRedirect):
    """The redirect after a form that was taken."""

    status_code = 303


def invalid(request, template, form, more=None):
    return render(request, template, {"form": form, **(more or {})}, status=422)


def found(number):
    product = catalogue.find(number)
    if product is None:
        raise Http404
    return product


@require_GET
def home(request):
    visits = request.COOKIES.get("visited", "0")
    visits = int(visits) + 1 if visits.isascii() and visits.isdigit() else 1
    seen = [found(number) for number in request.session.get("recently_viewed", [])]
    response = render(request, "home.html", {"products": catalogue.everything(), "seen": seen, "visits": visits})
    response.set_cookie("visited", str(visits), max_age=THIRTY_DAYS, httponly=True, samesite="Lax")
    return response


@require_GET
def product(request, number):
    shown = found(number)
    seen = [other for other in request.session.get("recently_viewed", []) if other != number]
    request.session["recently_viewed"] = [number, *seen][:10]
    return render(request, "product.html", {"product": shown, "form": forms.Order()})


@require_GET
def cart(request):
    lines = request.session.get("cart", {}).items()
    lines = [(catalogue.find(int(number)), quantity) for number, quantity in lines]
    return render(request, "cart.html", {"lines": [line for line in lines if line[0]]})


@require_POST
def add(request, number):
    wanted = found(number)
    form = forms.Order(request.POST)
    if not form.is_valid():
        return invalid(request, "product.html", form, {"product": wanted})
    if basket.add(request.session, number, form.cleaned_data["quantity"] or 1):
        messages.success(request, say(request, "added", wanted.name))
    else:
        messages.warning(request, say(request, "most"))
    return SeeOther("/cart")


@require_POST
def remove(request, number):
    name = found(number).name
    if basket.remove(request.session, number):
        messages.success(request, say(request, "removed", name))
    else:
        messages.info(request, say(request, "was_not_there", name))
    return SeeOther("/cart")


@require_POST
def clear(request):
    request.session.pop("cart", None)
    messages.success(request, say(request, "cleared"))
    return SeeOther("/cart")


@require_http_methods(["GET", "POST"])
def api_cart(request):
    if request.method == "POST":
        # Read first and asked for its body later, as any view may do that has to wait for something.
        request.session.get("cart")
        try:
            form = forms.ScriptOrder(json.loads(request.body))
        except ValueError:
            return JsonResponse({"error": "this is no JSON"}, status=400)
        if not form.is_valid():
            return JsonResponse({"error": form.errors}, status=422)
        basket.add(request.session, form.cleaned_data["product"], form.cleaned_data["quantity"])
    return JsonResponse(basket.contents(request.session))


@require_http_methods(["GET", "POST"])
def preferences(request):
    form = forms.Preferences(request.POST or None, initial=dict(request.session.items()))
    if request.method == "GET":
        return render(request, "preferences.html", {"form": form})
    if not form.is_valid():
        return invalid(request, "preferences.html", form)
    for name, value in form.cleaned_data.items():
        if value:
            request.session[name] = value
    messages.success(request, say(request, "saved"))
    return SeeOther("/preferences")


@require_http_methods(["GET", "POST"])
def sign_in(request):
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "GET":
        return render(request, "login.html", {"form": form})
    if not form.is_valid():
        return invalid(request, "login.html", form)
    auth.login(request, form.get_user())
    if "remember" not in request.POST:
        request.session.set_expiry(0)
    messages.success(request, say(request, "signed_in", form.get_user().username))
    return SeeOther("/")


@require_POST
def sign_out(request):
    farewell = say(request, "signed_out")
    auth.logout(request)
    messages.success(request, farewell)
    return SeeOther("/")


@login_required
def account(request):
    return render(request, "account.html", {"form": PasswordChangeForm(request.user)})


@login_required
@require_POST
def change_password(request):
    form = PasswordChangeForm(request.user, request.POST)
    if not form.is_valid():
        return invalid(request, "account.html", form)
    auth.update_session_auth_hash(request, form.save())
    return SeeOther("/account")


def posts(request):
    return render(request, "posts.html", {"posts": BOARD[-100:]})


class NewPost(SuccessMessageMixin, FormView):
    form_class = forms.Post
    template_name = "post_new.html"

    success_url = "/posts"

    def form_valid(self, form):
        BOARD.append(form.cleaned_data)
        super().form_valid(form)
        return SeeOther(self.success_url)

    def get_success_message(self, cleaned_data):
        return say(self.request, "pinned", cleaned_data["title"])

    def form_invalid(self, form):
        return invalid(self.request, self.template_name, form)


def deep():
    value = []
    for _ in range(950):
        value = [value]
    return value


# What Django keeps in a session and reads again, and Rust does not read.
ODD = {
    "date": lambda: datetime(2026, 1, 15),
    "large": lambda: "0" * 4_500_000,
    "deep": deep,
}


def odd(request, kind):
    request.session["odd"] = ODD[kind]()
    return SeeOther("/cart")


def plain_again(request, kind):
    del request.session["odd"]
    return SeeOther("/cart")


def lasts(request, seconds):
    """A session that ends at a time of its own choice, not so many seconds after each save."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=seconds))
    return SeeOther("/cart")


def healthz(request):
    request.session.exists("nosuchsession")
    return HttpResponse("ok", content_type="text/plain")
