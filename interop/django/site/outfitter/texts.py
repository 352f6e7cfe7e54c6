"""What the shop says in its messages, in the visitor's language; the tests read the same file."""
import json
from pathlib import Path

TEXTS = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
LANGUAGES = ["en", "hi", "ko", "de"]


def language(request):
    chosen = request.session.get("language")
    return chosen if chosen in LANGUAGES else "en"


def say(request, text, name=""):
    return TEXTS[text][language(request)].replace("{}", name, 1)
