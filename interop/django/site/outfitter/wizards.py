"""Forms over several pages, as formtools does them: one kept in the session, one in a cookie."""
from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from formtools.wizard.views import NamedUrlCookieWizardView, NamedUrlSessionWizardView

KINDS = [("person", "A person"), ("business", "A business")]
STARS = [(str(stars), str(stars)) for stars in range(1, 6)]


class Info(forms.Form):
    first_name = forms.CharField(max_length=80)
    last_name = forms.CharField(max_length=80)
    email = forms.EmailField()
    kind = forms.ChoiceField(choices=KINDS)


class Address(forms.Form):
    street = forms.CharField(max_length=120)
    city = forms.CharField(max_length=80)
    postcode = forms.CharField(max_length=12)
    country = forms.CharField(max_length=80)


class Company(forms.Form):
    name = forms.CharField(max_length=120)
    vat = forms.CharField(max_length=20)


class Confirm(forms.Form):
    accept = forms.BooleanField()


class Rating(forms.Form):
    stars = forms.ChoiceField(choices=STARS)


class Comments(forms.Form):
    text = forms.CharField(widget=forms.Textarea)


def is_business(wizard):
    return (wizard.get_cleaned_data_for_step("info") or {}).get("kind") == "business"


def finished(wizard, name):
    """Says what was registered, so that whoever shows the next page shows it."""
    answers = wizard.get_all_cleaned_data()
    told = "; ".join(f"{field}={value}" for field, value in sorted(answers.items()))
    messages.success(wizard.request, f"{name}: {told}")
    return HttpResponseRedirect(f"/{name}/thanks")


class Register(NamedUrlSessionWizardView):
    form_list = [("info", Info), ("address", Address), ("company", Company), ("confirm", Confirm)]
    condition_dict = {"company": is_business}
    template_name = "wizard.html"

    def done(self, form_list, **kwargs):
        return finished(self, "register")


class Feedback(NamedUrlCookieWizardView):
    form_list = [("rating", Rating), ("comments", Comments)]
    template_name = "wizard.html"

    def done(self, form_list, **kwargs):
        return finished(self, "feedback")


def thanks(request):
    return render(request, "thanks.html")
