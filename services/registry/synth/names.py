"""Names by language, streets and what is made from a name. Invented combinations of common words."""

from __future__ import annotations

import unicodedata

LANGUAGES = (
    # code, share of families, share of its adults who need an interpreter
    ("da", 0.815, 0.0),
    ("ar", 0.045, 0.45),
    ("en", 0.03, 0.05),
    ("pl", 0.03, 0.4),
    ("so", 0.02, 0.5),
    ("tr", 0.02, 0.35),
    ("uk", 0.02, 0.5),
    ("ur", 0.01, 0.35),
    ("fa", 0.007, 0.4),
    ("de", 0.003, 0.1),
)

_GIRLS = {
    "da": "Alma Agnes Anna Astrid Asta Clara Ella Ellen Emma Esther Freja Frida Gry Ida Ingrid Johanne "
    "Karla Laura Liva Luna Maja Marie Mathilde Merle Mille Nora Olivia Rosa Sara Saga Signe Sofie Solveig "
    "Tilde Vega Vigga Ylva",
    "ar": "Amina Aya Dana Farah Hala Layla Lina Maryam Nour Rania Salma Yasmin Zahra",
    "en": "Alice Amelia Charlotte Emily Grace Harriet Lily Ruby Sophie",
    "pl": "Agnieszka Alicja Hanna Julia Kasia Lena Maja Oliwia Zofia Zuzanna",
    "so": "Asha Ayaan Hodan Ifrah Khadra Nasra Sagal Ubah",
    "tr": "Aylin Defne Ebru Elif Leyla Melek Selin Zeynep",
    "uk": "Anastasija Daryna Iryna Kateryna Oksana Olena Solomija Viktorija",
    "ur": "Aisha Fatima Hina Iqra Mahnoor Sana Zara",
    "fa": "Darya Mina Narges Parisa Roya Shirin",
    "de": "Anneliese Greta Hannah Johanna Lotte",
}
_BOYS = {
    "da": "Aksel Albert Alfred Anton Arthur August Bertil Carl Christian Elias Emil Erik Felix Frederik "
    "Hjalmar Hugo Johan Karl Konrad Lauge Liam Lucas Magnus Malthe Mikkel Nohr Noah Oliver Oscar Otto Sigurd "
    "Storm Theo Thor Valdemar Villads Viggo William",
    "ar": "Adam Ahmad Bilal Hamza Idris Karim Omar Samir Tariq Yousef",
    "en": "Arthur George Harry Jack James Oscar Thomas Wilfred",
    "pl": "Antoni Filip Jakub Jan Kacper Mateusz Piotr Szymon",
    "so": "Abdirahman Bashir Faisal Guled Liban Mahad Warsame",
    "tr": "Ali Can Deniz Emre Kerem Mert Yusuf",
    "uk": "Andrij Bohdan Danylo Maksym Mykola Oleh Taras",
    "ur": "Ahsan Bilal Daniyal Hamza Rayan Zain",
    "fa": "Arash Cyrus Dariush Kian Navid",
    "de": "Anton Emil Friedrich Jonas Moritz",
}
_LAST = {
    "da": "Agerskov Bech Bjerregaard Brandt Bruun Buus Dahl Damgaard Eskildsen Falk Friis Gade Hald "
    "Hedegaard Holm Højgaard Iversen Juhl Kirkeby Kjær Klit Krogh Lund Lynge Mølgaard Nygaard Overgaard Ravn "
    "Riis Skov Smed Søgaard Thorup Toft Tranberg Vang Vester Vinther Wind Ågaard Østergaard",
    "ar": "Al-Amin Darwish Haddad Khalil Mansour Najjar Rahman Saleh",
    "en": "Ashdown Barlow Fenwick Hartley Langdon Whitfield",
    "pl": "Dąbrowska Górski Kowalczyk Malinowski Wójcik Zieliński",
    "so": "Abdi Dirie Farah Hersi Jama Nur Warsame",
    "tr": "Aydın Demir Kaplan Öztürk Şahin Yıldız",
    "uk": "Bondarenko Kovalenko Lysenko Melnyk Petrenko Savchenko",
    "ur": "Ansari Chaudhry Iqbal Malik Qureshi",
    "fa": "Ahmadi Farahani Karimi Rostami",
    "de": "Albrecht Brandner Lindner Seidel",
}

GIRLS = {code: tuple(text.split()) for code, text in _GIRLS.items()}
BOYS = {code: tuple(text.split()) for code, text in _BOYS.items()}
LAST = {code: tuple(text.split()) for code, text in _LAST.items()}

_STREETS = (
    "Ahornvej Birkealle Bøgelunden Digevej Drosselvej Egeskrænten Engdraget Enghaven Fasanvej "
    "Fyrrestien Gærdet Hasselvænget Hyldevej Kirsebærhaven Klintevej Kløvermarken Lindevej Lyngbakken "
    "Lærkevej Mosevænget Møllestien Nøddevej Pilekrattet Poppelvej Rosenstien Rønnevej Skovbrynet "
    "Solsikkevej Strandengen Syrenvej Tjørnevej Vibevej Åkandevej"
)
TOWN = "9999 Mønsterby"

DISTRICTS = (
    "Nord",
    "Syd",
    "Øst",
    "Vest",
    "Midtby",
    "Ådalen",
    "Søhøj",
    "Skovbrynet",
    "Engene",
    "Havnen",
    "Bakkerne",
    "Mosen",
)
_HOUSES = (
    "Mælkebøtten Regnbuen Tusindfryd Myretuen Svalereden Solstrålen Troldehøj Pilehytten Firkløveret "
    "Mariehønen Æblehaven Kastanjen Stjernehuset Humlebien Skovsneglen Spirehuset Søstjernen Vindmøllen "
    "Bækkelund Rævehulen"
)
_SCHOOLS = "Bakkeskolen Åskolen Engskolen Skovskolen Søskolen Lyngskolen Fjordskolen Mølleskolen"
_ROOMS = "Røde Blå Grønne Gule Lilla Orange Hvide Turkise"

STREETS, HOUSES, SCHOOLS, ROOMS = (tuple(text.split()) for text in (_STREETS, _HOUSES, _SCHOOLS, _ROOMS))


def plain(text: str) -> str:
    """A name as it may stand in an e-mail address."""
    spelled = text.lower().translate(_SPELLED)
    letters = unicodedata.normalize("NFKD", spelled)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


_SPELLED = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "ı": "i", "ß": "ss"})
EMAIL = {name: plain(name) for of in (GIRLS, BOYS, LAST) for names in of.values() for name in names}
