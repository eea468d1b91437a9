"""Invented people and offers. None of them exists; the mail domain is reserved for examples."""

import random
from dataclasses import dataclass

from kaufland_cli.simulator.orders import Fields, example_address, example_product

PHONE_GIVEN = 0.3
EXCHANGE = {"cz": 25, "pl": 4}  # roughly: what a euro is there
MAIL_DOMAIN = "kunden.marktplatz.example"


@dataclass(frozen=True, slots=True)
class Country:
    """Names and places in the country of a storefront."""

    country: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    phone: str


_GERMAN_FIRST = (
    "Anneliese",
    "Björn",
    "Cem",
    "Dörte",
    "Emil",
    "Friederike",
    "Götz",
    "Hannelore",
    "Jürgen",
    "Käthe",
    "Mats",
)
_GERMAN_LAST = (
    "Ahornfeld",
    "Bärlapp",
    "Cordes-Wiesental",
    "Düsterwald",
    "Findling",
    "Großkreuz",
    "Hüttenbrink",
    "Mohnkorn",
)
_GERMAN_STREETS = ("Lindenallee", "Am Mühlgraben", "Straße des Handwerks", "Kirschweg", "Obere Gasse", "Hafenstraße")

COUNTRIES = {
    "de": Country(
        "DE",
        _GERMAN_FIRST,
        _GERMAN_LAST,
        _GERMAN_STREETS,
        (("04107", "Leipzig"), ("20095", "Hamburg"), ("50667", "Köln"), ("90402", "Nürnberg"), ("01067", "Dresden")),
        "+49 30 23125",
    ),
    "at": Country(
        "AT",
        ("Alois", "Burgl", "Franziska", "Leopold", "Resi"),
        ("Almrausch", "Enzianer", "Gamsjäger", "Murtaler", "Zirbenegger"),
        ("Ringgasse", "Am Steinfeld", "Weinzeile", "Schlossbergweg"),
        (("1010", "Wien"), ("8010", "Graz"), ("5020", "Salzburg"), ("6020", "Innsbruck")),
        "+43 1 5550",
    ),
    "cz": Country(
        "CZ",
        ("Žofie", "Řehoř", "Jiří", "Šárka", "Ondřej", "Květa"),
        ("Příhodová", "Čermáček", "Dvořáčková", "Šťastný", "Kolářík"),
        ("Náměstí Řemesel", "Zahradní", "U Potůčku", "Třešňová"),
        (("110 00", "Praha"), ("602 00", "Brno"), ("702 00", "Ostrava"), ("301 00", "Plzeň")),
        "+420 601 555",
    ),
    "pl": Country(
        "PL",
        ("Łucja", "Grzegorz", "Małgorzata", "Świętosława", "Zdzisław"),
        ("Brzęczyszczykiewicz", "Źdźbłowska", "Dąbrówka", "Kłosek", "Żurawiecka"),
        ("ul. Słoneczna", "ul. Łąkowa", "al. Świerkowa", "ul. Krótka"),
        (("00-001", "Warszawa"), ("90-001", "Łódź"), ("30-001", "Kraków"), ("50-001", "Wrocław")),
        "+48 601 555",
    ),
}


@dataclass(frozen=True, slots=True)
class InventedBuyer:
    """A buyer with an address."""

    buyer: Fields
    address: Fields


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the seller sells: the seller's own number, the price in minor units, and the product."""

    id_offer: str
    price: int
    product: Fields


def person(chance: random.Random, storefront: str) -> InventedBuyer:
    """Return an invented buyer of that storefront."""
    there = COUNTRIES[storefront]
    postcode, city = chance.choice(there.cities)
    needs_phone = storefront == "cz" or chance.random() < PHONE_GIVEN  # Kaufland asks for it in cz and sk only
    number = chance.randrange(10_000_000, 99_999_999)
    address = example_address(
        first_name=chance.choice(there.first_names),
        last_name=chance.choice(there.last_names),
        company_name=chance.choice((None, "")),
        street=chance.choice(there.streets),
        house_number=f"{chance.randrange(1, 180)}{chance.choice(('', '', '', 'a', ' b'))}",
        postcode=postcode,
        additional_field=chance.choice((None, None, "", "2. OG links")) if there.country in {"DE", "AT"} else None,
        city=city,
        phone=f"{there.phone} {chance.randrange(100, 999)}" if needs_phone else chance.choice((None, "")),
        country=there.country,
    )
    return InventedBuyer({"id_buyer": number, "email": f"mk-{number:x}@{MAIL_DOMAIN}"}, address)


def offer(position: int, storefront: str = "de") -> Offer:
    """Return the invented offer with this number, priced in the storefront's currency; always the same one."""
    maker, thing, price, category = _THINGS[position % len(_THINGS)]
    series = position // len(_THINGS)
    product = example_product(
        id_product=362_000_000 + position,
        storefront=storefront,
        title=f"{maker} {thing}" + (f" (Serie {series + 1})" if series else ""),
        eans=[ean(200_000_000_000 + position)],
        id_category=category,
        manufacturer=maker,
    )
    return Offer(f"{maker[:3].upper()}-{1000 + position}", (price + 50 * series) * EXCHANGE.get(storefront, 1), product)


def ean(twelve_digits: int) -> str:
    """Return the number with its check digit."""
    text = f"{twelve_digits:012d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text))
    return f"{text}{-weighted % 10}"


_THINGS = (
    ("Nordkessel", "Wasserkocher Edelstahl 1,7 l", 2999, 34401),
    ("Nordkessel", "Toaster mit Brötchenaufsatz", 3495, 34402),
    ("Birkenhof", "Frühstücksbrett Eiche, 2er-Set", 1799, 21110),
    ("Birkenhof", "Gewürzregal für die Wand", 4250, 21115),
    ("Lumenau", "LED-Stehleuchte dimmbar", 8999, 45120),
    ("Lumenau", "Nachtlicht mit Bewegungsmelder", 1295, 45122),
    ("Flinkrad", "Fahrradpumpe mit Manometer", 2190, 51200),
    ("Flinkrad", "Kinderhelm Größe S", 3990, 51260),
    ("Wiesengrün", "Gartenschlauch 25 m, knickfest", 4999, 60010),
    ("Wiesengrün", "Hochbeet Lärche 120 x 60 cm", 12900, 60031),
    ("Kuschelau", "Bettwäsche Baumwolle 135 x 200 cm", 3999, 70020),
    ("Kuschelau", "Badematte waschbar", 1990, 70045),
)
