"""The carriers that GET /carriers lists: exact names, mostly with a country, and `DPD` alone is that of Germany."""

PARCEL_CARRIERS = (
    *("4PX", "Amazon Shipping", "Asendia", "Austrian Post", "BRT Bartolini", "China Post", "Chronopost", "Colissimo"),
    *("Correos", "Czech Post", "DHL", "DHL 2 MH", "DHL Ecommerce", "DHL Express", "DHL Poland Domestic"),
    *("DPD", "DPD Austria", "DPD Czech Republic", "DPD France", "DPD Hungary", "DPD Netherlands", "DPD Poland"),
    *("DPD Romania", "DPD Slovakia", "DPD UK", "Deutsche Post", "Evri", "Fedex", "GEL"),
    *("GLS", "GLS Czech Republic", "GLS Italy", "GLS Poland", "Hermes", "Hermes 2 MH", "InPost", "La Poste"),
    *("Mondial Relay", "Orlen Paczka", "PPL", "Packeta", "Poland Post", "Post Italiane", "PostNL", "Royal Mail"),
    *("SDA", "Seur", "Slovak Parcel Service", "Slovakia Post", "Spring GDS", "TNT", "UPS", "WeDo", "Yun Express"),
)
HAULERS = (
    *("Bursped", "Cargo International", "Cargoline", "DHL Freight", "DSV", "Dachser", "Emons", "Gebrüder Weiss"),
    *("Geis", "Geis Poland", "Hellmann", "IDS Logistik", "Iloxx Spedition"),
    *("Kuehne & Nagel", "Raben Group", "Rhenus", "Schenker", "Spedition Guettler", "Zufall", "trans-o-flex"),
)
OTHER = "Other"
OTHER_HAULER = "Other Hauler"
WITHOUT_TRACKING = (OTHER, OTHER_HAULER)
"""With these a tracking number is optional; it is mandatory with all others."""

IS_HAULER = {
    **dict.fromkeys(PARCEL_CARRIERS, False),
    **dict.fromkeys(HAULERS, True),
    OTHER: False,
    OTHER_HAULER: True,
}
"""Whether the carrier is a hauler, by its name."""
