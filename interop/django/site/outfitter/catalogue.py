"""What the shop sells: its fifty styles in the colour each is best known in, numbered 1 to 50."""

# The name on the label, and the price in cents.
STYLES = [
    ("Wool scarf", 4900),
    ("Waxed raincoat", 21900),
    ("Merino jumper", 11900),
    ("Canvas tote", 3900),
    ("Ribbed beanie", 2900),
    ("Oxford shirt", 7900),
    ("Tweed coat", 34900),
    ("Corduroy trousers", 9900),
    ("Wool blanket", 12900),
    ("Rain boots", 8900),
    ("Striped tee", 3900),
    ("Canvas rucksack", 13900),
    ("Felt hat", 8900),
    ("Lambswool cardigan", 12900),
    ("Wool mittens", 3400),
    ("City umbrella", 6900),
    ("Flannel shirt", 8400),
    ("Quilted gilet", 12400),
    ("Pleated skirt", 8900),
    ("Wool socks", 1600),
    ("Lambswool scarf", 5400),
    ("Wool coat", 29900),
    ("Linen shirt", 8900),
    ("Cable jumper", 14900),
    ("Tweed cap", 5900),
    ("Waxed tote", 6900),
    ("Twill trousers", 8900),
    ("Cashmere scarf", 11900),
    ("Canvas overshirt", 11400),
    ("Striped socks", 1400),
    ("Merino beanie", 3400),
    ("Cotton raincoat", 18900),
    ("Heavy tee", 3400),
    ("Duffle coat", 27900),
    ("Shetland cardigan", 13400),
    ("Plaid blanket", 14900),
    ("Linen cap", 4400),
    ("Cotton jumper", 8900),
    ("Waxed rucksack", 17900),
    ("Tweed skirt", 9400),
    ("Poplin shirt", 7400),
    ("Wool waistcoat", 8900),
    ("Linen scarf", 4400),
    ("Dotted socks", 1400),
    ("Linen trousers", 9400),
    ("Dotted tee", 3600),
    ("Wool overshirt", 14400),
    ("Cable waistcoat", 9900),
    ("Walking umbrella", 7900),
    ("Party hat", 9400),
]


class Product:
    def __init__(self, number):
        self.id = number
        self.name, cents = STYLES[number - 1]
        self.price = f"€{cents // 100}.{cents % 100:02}"


def find(number):
    """The product of this number, or `None`."""
    return Product(number) if 1 <= number <= len(STYLES) else None


def everything():
    return [Product(number) for number in range(1, len(STYLES) + 1)]
