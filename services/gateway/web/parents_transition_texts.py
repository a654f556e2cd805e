"""What parents read about the form to a new place, in the languages that consents are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANGUAGES: Mapping[str, str] = {
    "da": "Dansk",
    "en": "English",
    "ar": "العربية",
    "pl": "Polski",
    "so": "Soomaali",
}
RIGHT_TO_LEFT = frozenset({"ar"})

TEXTS: Mapping[str, Mapping[str, Any]] = {
    "da": {
        "title": "Det vil vi gerne fortælle det nye sted",
        "lead": "Læs det, vi har skrevet om dit barn. Det nye sted kan ikke læse det endnu.",
        "from": "Fra",
        "to": "Til",
        "starts": "Begynder",
        "languages": "Sprog",
        "skip": "Gå til indholdet",
        "accessibility": "Tilgængelighedserklæring",
        "original": "",
        "answer": "Dit svar",
        "seen": "Jeg har læst det",
        "seen_hint": "Vi giver det videre efter kommunens regler.",
        "objects": "Jeg har læst det, og det må ikke gives videre",
        "objects_hint": "Så taler institutionen med dig, før der sker mere.",
        "words": "Mangler der noget, eller er noget forkert?",
        "words_hint": "Frivilligt. Det, du skriver, følger med skemaet, hvis det bliver givet videre.",
        "send": "Send svar",
        "missing": "Vælg et af svarene.",
        "wrong": "Svaret blev ikke gemt",
        "again": "Prøv igen, eller kontakt institutionen.",
        "private": "Linket er kun til dig. Send det ikke videre.",
        "given": (
            "Tak. Dit svar er gemt.",
            "Du kan rette det her på siden, til det nye sted har taget imod.",
        ),
        "released": ("Skemaet er givet videre.", "Det nye sted har ikke taget imod endnu."),
        "received": (
            "Det nye sted har taget imod.",
            "Det nye sted har nu ansvaret. Tal med dem, hvis der er noget, du vil have rettet.",
        ),
        "cancelled": ("Dit barn skal ikke skifte sted alligevel.", "Der er ikke noget, du skal svare på."),
        "fields": {
            "family": "Familien",
            "social": "Sammen med andre",
            "language": "Sprog",
            "motor": "Krop og bevægelse",
            "play": "Leg",
            "reactions_to_change": "Når noget er nyt",
            "special_attention": "Det skal I være opmærksomme på",
            "resources": "Det, barnet er god til",
            "other_professionals": "Andre, der hjælper",
        },
        "closed": {
            "expired": (
                "Linket virker ikke længere",
                "Enten er skemaet rettet, så du får en nyere besked, eller også er tiden gået. "
                "Kontakt institutionen, hvis du vil læse det.",
            ),
            "unknown": (
                "Linket virker ikke",
                "Måske mangler en del af adressen. Tryk på linket i beskeden igen, "
                "eller kontakt institutionen.",
            ),
            "later": (
                "Siden kan ikke vises lige nu",
                "Det er ikke din fejl. Åbn linket igen om lidt, og se, om dit svar er gemt.",
            ),
        },
    },
    "en": {
        "title": "What we would like to tell the new place",
        "lead": "Please read what we have written about your child. The new place cannot read it yet.",
        "from": "From",
        "to": "To",
        "starts": "Begins",
        "languages": "Language",
        "skip": "Skip to content",
        "accessibility": "Accessibility statement (in Danish)",
        "original": "It is in the language it was written in. Ask the institution if you would like it "
        "translated or read aloud.",
        "answer": "Your answer",
        "seen": "I have read it",
        "seen_hint": "We pass it on by the municipality's rules.",
        "objects": "I have read it, and it may not be passed on",
        "objects_hint": "The institution will then talk with you before anything else happens.",
        "words": "Is something missing or wrong?",
        "words_hint": "Optional. What you write goes along with the form, if it is passed on.",
        "send": "Send answer",
        "missing": "Choose one of the answers.",
        "wrong": "Your answer was not saved",
        "again": "Try again, or contact the institution.",
        "private": "The link is for you only. Please do not pass it on.",
        "given": (
            "Thank you. Your answer is saved.",
            "You can change it on this page until the new place has accepted the form.",
        ),
        "released": ("The form has been passed on.", "The new place has not accepted it yet."),
        "received": (
            "The new place has accepted the form.",
            "The new place is now responsible. Talk with them if you want something put right.",
        ),
        "cancelled": ("Your child is not to change place after all.", "You need not answer."),
        "fields": {
            "family": "The family",
            "social": "Together with others",
            "language": "Language",
            "motor": "Body and movement",
            "play": "Play",
            "reactions_to_change": "When something is new",
            "special_attention": "What to pay attention to",
            "resources": "What the child is good at",
            "other_professionals": "Others who help",
        },
        "closed": {
            "expired": (
                "The link no longer works",
                "Either the form has been changed, and you will get a newer message, or the time has passed. "
                "Contact the institution if you would like to read it.",
            ),
            "unknown": (
                "The link does not work",
                "A part of the address may be missing. Try the link in the message again, "
                "or contact the institution.",
            ),
            "later": (
                "The page cannot be shown right now",
                "It is not your fault. Open the link again in a little while, "
                "and see if your answer is saved.",
            ),
        },
    },
    "ar": {
        "title": "ما نود أن نخبر به المكان الجديد",
        "lead": "نرجو قراءة ما كتبناه عن طفلك. لا يستطيع المكان الجديد قراءته بعد.",
        "from": "من",
        "to": "إلى",
        "starts": "يبدأ في",
        "languages": "اللغة",
        "skip": "انتقل إلى المحتوى",
        "accessibility": "بيان إمكانية الوصول (بالدنماركية)",
        "original": "النص باللغة التي كُتب بها. اطلب من المؤسسة ترجمته أو قراءته لك إذا رغبت.",
        "answer": "جوابك",
        "seen": "لقد قرأته",
        "seen_hint": "سنرسله وفق قواعد البلدية.",
        "objects": "لقد قرأته، ولا يجوز إرساله",
        "objects_hint": "ستتحدث المؤسسة معك قبل أن يحدث أي شيء آخر.",
        "words": "هل ينقص شيء أو هل هناك خطأ؟",
        "words_hint": "اختياري. ما تكتبه يُرفق بالاستمارة إذا أُرسلت.",
        "send": "أرسل الجواب",
        "missing": "اختر أحد الجوابين.",
        "wrong": "لم يُحفظ جوابك",
        "again": "حاول مرة أخرى أو اتصل بالمؤسسة.",
        "private": "هذا الرابط لك وحدك، فلا ترسله إلى غيرك.",
        "given": ("شكرًا. حُفظ جوابك.", "يمكنك تغييره في هذه الصفحة إلى أن يستلم المكان الجديد الاستمارة."),
        "released": ("أُرسلت الاستمارة.", "لم يستلمها المكان الجديد بعد."),
        "received": (
            "استلم المكان الجديد الاستمارة.",
            "المكان الجديد هو المسؤول الآن. تحدث معهم إذا أردت تصحيح شيء.",
        ),
        "cancelled": ("لن ينتقل طفلك إلى مكان آخر بعد الآن.", "لا يلزمك الجواب."),
        "fields": {
            "family": "الأسرة",
            "social": "مع الآخرين",
            "language": "اللغة",
            "motor": "الجسم والحركة",
            "play": "اللعب",
            "reactions_to_change": "عندما يكون هناك شيء جديد",
            "special_attention": "ما ينبغي الانتباه إليه",
            "resources": "ما يجيده الطفل",
            "other_professionals": "آخرون يقدمون المساعدة",
        },
        "closed": {
            "expired": (
                "لم يعد الرابط يعمل",
                "إما أن الاستمارة عُدّلت وستصلك رسالة أحدث، أو أن المهلة انتهت. "
                "اتصل بالمؤسسة إذا أردت قراءتها.",
            ),
            "unknown": (
                "الرابط لا يعمل",
                "ربما ينقص جزء من العنوان. افتح الرابط في الرسالة مرة أخرى أو اتصل بالمؤسسة.",
            ),
            "later": (
                "لا يمكن عرض الصفحة الآن",
                "ليس هذا خطأك. افتح الرابط مرة أخرى بعد قليل وتأكد من حفظ جوابك.",
            ),
        },
    },
    "pl": {
        "title": "Co chcemy przekazać nowej placówce",
        "lead": "Prosimy przeczytać, co napisaliśmy o Twoim dziecku. "
        "Nowa placówka nie może jeszcze tego czytać.",
        "from": "Z",
        "to": "Do",
        "starts": "Początek",
        "languages": "Język",
        "skip": "Przejdź do treści",
        "accessibility": "Deklaracja dostępności (po duńsku)",
        "original": "Tekst jest w języku, w którym go napisano. Poproś placówkę, jeśli chcesz tłumaczenia "
        "lub przeczytania na głos.",
        "answer": "Twoja odpowiedź",
        "seen": "Przeczytałam/przeczytałem",
        "seen_hint": "Przekażemy to zgodnie z zasadami gminy.",
        "objects": "Przeczytałam/przeczytałem i nie wolno tego przekazać",
        "objects_hint": "Placówka porozmawia z Tobą, zanim stanie się coś więcej.",
        "words": "Czy czegoś brakuje lub coś jest błędne?",
        "words_hint": "Dobrowolne. To, co napiszesz, zostanie dołączone do formularza, "
        "jeśli zostanie przekazany.",
        "send": "Wyślij odpowiedź",
        "missing": "Wybierz jedną z odpowiedzi.",
        "wrong": "Odpowiedź nie została zapisana",
        "again": "Spróbuj ponownie lub skontaktuj się z placówką.",
        "private": "Link jest tylko dla Ciebie. Nie przekazuj go nikomu.",
        "given": (
            "Dziękujemy. Odpowiedź została zapisana.",
            "Możesz ją zmienić na tej stronie, dopóki nowa placówka nie przyjmie formularza.",
        ),
        "released": ("Formularz został przekazany.", "Nowa placówka jeszcze go nie przyjęła."),
        "received": (
            "Nowa placówka przyjęła formularz.",
            "Teraz odpowiada nowa placówka. Porozmawiaj z nią, jeśli chcesz coś poprawić.",
        ),
        "cancelled": ("Twoje dziecko jednak nie zmienia placówki.", "Nie musisz odpowiadać."),
        "fields": {
            "family": "Rodzina",
            "social": "Z innymi",
            "language": "Język",
            "motor": "Ciało i ruch",
            "play": "Zabawa",
            "reactions_to_change": "Gdy coś jest nowe",
            "special_attention": "Na co zwrócić uwagę",
            "resources": "W czym dziecko jest dobre",
            "other_professionals": "Inni, którzy pomagają",
        },
        "closed": {
            "expired": (
                "Link już nie działa",
                "Formularz został zmieniony i dostaniesz nową wiadomość albo minął czas. "
                "Skontaktuj się z placówką, jeśli chcesz go przeczytać.",
            ),
            "unknown": (
                "Link nie działa",
                "Może brakować części adresu. Otwórz link w wiadomości ponownie "
                "lub skontaktuj się z placówką.",
            ),
            "later": (
                "Nie można teraz pokazać strony",
                "To nie Twoja wina. Otwórz link ponownie za chwilę i sprawdź, czy odpowiedź jest zapisana.",
            ),
        },
    },
    "so": {
        "title": "Waxa aan rabno inaan u sheegno goobta cusub",
        "lead": "Fadlan akhri waxa aan ka qornay ilmahaaga. Goobta cusub weli ma akhrin karto.",
        "from": "Laga bilaabo",
        "to": "Loo wareegayo",
        "starts": "Bilaabanaya",
        "languages": "Luqad",
        "skip": "U bood nuxurka",
        "accessibility": "Bayaanka helitaanka (af-Deenish)",
        "original": "Waxay ku qoran tahay luqaddii lagu qoray. Weydii goobta haddii aad rabto turjumaad "
        "ama in laguu akhriyo.",
        "answer": "Jawaabtaada",
        "seen": "Waan akhriyey",
        "seen_hint": "Waxaan u gudbinaynaa sida sharciga degmada.",
        "objects": "Waan akhriyey, lamana gudbin karo",
        "objects_hint": "Goobta ayaa kula hadli doonta inta aan wax kale dhicin.",
        "words": "Wax ma ka maqan yihiin, ama wax ma khaldan yihiin?",
        "words_hint": "Ikhtiyaari. Waxa aad qorto waxay la socon doonaan foomka haddii la gudbiyo.",
        "send": "Dir jawaabta",
        "missing": "Dooro mid ka mid ah jawaabaha.",
        "wrong": "Jawaabtaada lama kaydin",
        "again": "Mar kale isku day, ama la xiriir goobta.",
        "private": "Linkigan adiga oo keliya ayaa leh. Ha u dirin cid kale.",
        "given": (
            "Mahadsanid. Jawaabtaada waa la kaydiyey.",
            "Waad ka beddeli kartaa boggan ilaa goobta cusub ay ka aqbasho foomka.",
        ),
        "released": ("Foomka waa la gudbiyey.", "Goobta cusub weli ma aqbalin."),
        "received": (
            "Goobta cusub waa aqbashay foomka.",
            "Goobta cusub ayaa hadda mas'uul ka ah. La hadal iyaga haddii aad rabto in wax la saxo.",
        ),
        "cancelled": ("Ilmahaagu ma wareegayo.", "Uma baahnid inaad jawaabto."),
        "fields": {
            "family": "Qoyska",
            "social": "La joogista dadka kale",
            "language": "Luqadda",
            "motor": "Jidhka iyo dhaqdhaqaaqa",
            "play": "Ciyaarta",
            "reactions_to_change": "Marka wax cusub yimaadaan",
            "special_attention": "Waxa loo baahan yahay in la fiiriyo",
            "resources": "Waxa ilmuhu ku fiican yahay",
            "other_professionals": "Dadka kale ee caawiya",
        },
        "closed": {
            "expired": (
                "Linkigu hadda ma shaqaynayo",
                "Foomka waa la beddelay oo waxaad heli doontaa fariin cusub, ama waqtigu wuu dhammaaday. "
                "La xiriir goobta haddii aad rabto inaad akhriso.",
            ),
            "unknown": (
                "Linkigu ma shaqaynayo",
                "Qayb ka mid ah cinwaanka ayaa laga yaabaa inay maqan tahay. Mar kale fur linkiga fariinta, "
                "ama la xiriir goobta.",
            ),
            "later": (
                "Bogga hadda lama tusi karo",
                "Khaladkaaga ma aha. Mar kale fur linkiga waxyar kadib, oo eeg in jawaabtaada la kaydiyey.",
            ),
        },
    },
}
"""By language and what it is for; each language has the same. `fields` are the form's headings."""
