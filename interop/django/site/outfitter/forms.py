"""The forms of the pages that are no wizards."""
from django import forms

from outfitter.cart import MOST
from outfitter.texts import LANGUAGES

Themes = [("light", "Light"), ("dark", "Dark")]


class Order(forms.Form):
    quantity = forms.IntegerField(min_value=1, max_value=MOST, required=False)


class ScriptOrder(forms.Form):
    product = forms.IntegerField(min_value=1, max_value=50)
    quantity = forms.IntegerField(min_value=1, max_value=MOST)


class Preferences(forms.Form):
    theme = forms.ChoiceField(choices=Themes, required=False)
    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES], required=False)


class Post(forms.Form):
    title = forms.CharField(max_length=120)
    body = forms.CharField(max_length=5000, widget=forms.Textarea)
