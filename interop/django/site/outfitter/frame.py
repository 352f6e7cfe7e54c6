"""What every page shows around its own part."""
from outfitter import texts


def frame(request):
    return {
        "language": texts.language(request),
        "theme": request.session.get("theme"),
        "cart_count": sum(request.session.get("cart", {}).values()),
    }
