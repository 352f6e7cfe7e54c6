"""The cart: an object from product number, as text, to quantity."""

MOST = 99


def add(session, number, quantity):
    """Puts pieces into the cart; says whether all of them found room."""
    cart = session.get("cart", {})
    wanted = cart.get(str(number), 0) + quantity
    cart[str(number)] = min(wanted, MOST)
    session["cart"] = cart
    return wanted <= MOST


def remove(session, number):
    """Takes a product out; says whether it was there."""
    cart = session.get("cart", {})
    if cart.pop(str(number), None) is None:
        return False
    session["cart"] = cart
    return True


def contents(session):
    items = session.get("cart", {})
    return {"items": items, "count": sum(items.values())}
