"""Made-up names of people, companies and engagements."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = {
    "US10": _words(
        "Ava Noah Mia Liam Zoe Ethan Ruby Mason Chloe Owen Maya Caleb Nora Isaac Leah "
        "Julian Naomi Adrian Elena Marcus Priya Diego Grace Hassan Ivy Jonah"
    ),
    "UK20": _words(
        "Amelia Oliver Isla George Freya Arthur Poppy Alfie Imogen Rory Niamh Callum "
        "Bethan Rhys Zara Kieran Esme Dominic Harriet Farah Toby Megan"
    ),
    "DE30": _words(
        "Lena Jonas Mila Felix Clara Lukas Greta Moritz Frieda Anton Jana Tobias Silke "
        "Jürgen Aylin Emre Katrin Stefan Nele Matthias Heike Björn"
    ),
    "IE40": _words(
        "Aoife Conor Saoirse Cian Róisín Oisín Ciara Darragh Sinéad Fionn Orla Eoin "
        "Maeve Tadhg Gráinne Declan Deirdre Lorcan"
    ),
}
LAST_NAMES = {
    "US10": _words(
        "Walker Nguyen Ramirez Brooks Patel Hughes Coleman Foster Kim Sanders Price "
        "Bennett Rivera Ortiz Howard Long Myers O'Brien Castillo Ward Fisher Stone"
    ),
    "UK20": _words(
        "Ashworth Bennett Clarke Davies Ellison Fletcher Gallagher Hollis Iqbal Jarvis "
        "Kendrick Lowry Mistry Norris Okafor Pemberton Quinn Rowley Sutton Thackeray"
    ),
    "DE30": _words(
        "Albrecht Brandt Döring Engel Fuchs Groß Hartmann Jäger Keller Lindner Müller "
        "Neumann Özdemir Pohl Richter Schäfer Thiel Vogel Weiß Yıldız Zimmermann"
    ),
    "IE40": _words(
        "Brennan Byrne Daly Doyle Farrell Fitzgerald Healy Kavanagh Keane Lynch "
        "Moran Nolan Ó'Briain O'Connor Power Quigley Ryan Sweeney Tierney Walsh"
    ),
}
COMPANY_WORDS = _words(
    "Alder Beacon Cobalt Dunmore Eastgate Ferrous Granite Harbour Inverness Juniper "
    "Kestrel Larkspur Merton Northgate Orchard Pinnacle Quayside Redwood Summit Thorne "
    "Umber Vantage Westbrook Yarrow Zenith Arbour Bramble Cascade Delta Ember"
)
COMPANY_KINDS = _words(
    "Energy Logistics Health Insurance Retail Foods Bank Telecom Pharma Motors Airways "
    "Media Chemicals Properties Utilities"
)
COMPANY_FORMS = {"US": "Inc.", "GB": "plc", "DE": "AG", "IE": "plc"}
SUPPLIER_FORMS = {"US": "LLC", "GB": "Ltd", "DE": "GmbH", "IE": "Ltd"}
ENGAGEMENTS = {
    "PR-1": ("Growth strategy", "Operating model review", "Post-merger integration"),
    "PR-2": ("Data platform", "Forecasting models", "Reporting renewal"),
    "PR-3": ("Cloud migration", "Platform engineering", "Service reliability"),
    "PR-4": ("ERP roll-out", "Order-to-cash redesign", "HR system selection"),
    "PR-5": ("Cyber programme", "Resilience review", "Access controls"),
    "PR-6": ("Change support", "Service design", "Customer portal"),
}
TASKS = (
    "Discovery",
    "Design",
    "Build",
    "Test",
    "Roll-out",
    "Project management",
)
INTERNAL_PROJECTS = (
    ("US10", "Business development Americas"),
    ("US10", "Training and certification Americas"),
    ("US10", "Internal tools"),
    ("UK20", "Business development UK"),
    ("UK20", "Training and certification UK"),
    ("UK20", "Knowledge management"),
    ("DE30", "Geschäftsentwicklung"),
    ("DE30", "Schulung und Zertifizierung"),
    ("IE40", "Business development Ireland"),
    ("IE40", "Training and certification Ireland"),
)
