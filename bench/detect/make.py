#!/usr/bin/env python3
"""Makes the labelled tables on which the detectors are measured: core/tests/data/detect/*.tsv.

    bench/detect/make.py

Nothing in them is of anybody: numbers are drawn at random and given the checksums of their kind, which are computed here anew
and not by the code that is measured. Names are chosen by hand, and every fifth or so is in no list of the detectors. The seed is
fixed, so that a change of this script is the only change of the tables.

A table has three lines before its rows, in COPY's text format: names of columns, types, labels. A label is `-` (harmless), a
detector, or several with `|` between them of which any is right.
"""

import datetime
import hashlib
import random
import string
import uuid
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "core/tests/data/detect"
ROWS = 60
rnd = random.Random(20240115)


def pick(*items):
    return rnd.choice(items)


def digits(n, first="0123456789"):
    return rnd.choice(first) + "".join(rnd.choice(string.digits) for _ in range(n - 1))


# --- numbers with checksums -------------------------------------------------------------------------------------------------

def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c)
        if i % 2 == 0:
            d *= 2
            if d > 9:
                d -= 9
        total += d
    return body + str(-total % 10)


def card():
    prefix, length = pick(("4", 16), ("51", 16), ("55", 16), ("37", 15), ("6011", 16), ("2202", 16), ("3530", 16))
    return luhn(prefix + digits(length - len(prefix) - 1))


def grouped(number):
    return " ".join(number[i:i + 4] for i in range(0, len(number), 4))


def iban(country, bban):
    moved = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(moved) % 97:02}{bban}"


def any_iban():
    return pick(lambda: iban("DE", digits(18)), lambda: iban("ES", digits(20)), lambda: iban("FR", digits(23)),
                lambda: iban("GB", "WEST" + digits(14)), lambda: iban("NL", "ABNA" + digits(10)))()


def inn12():
    d = [rnd.randint(0, 9) for _ in range(10)]
    d[0], d[1] = 7, rnd.randint(1, 9)
    d.append(sum(a * b for a, b in zip(d, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8])) % 11 % 10)
    d.append(sum(a * b for a, b in zip(d, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])) % 11 % 10)
    return "".join(map(str, d))


def snils():
    body = digits(9, "1")
    s = sum(int(c) * (9 - i) for i, c in enumerate(body)) % 101 % 100
    return f"{body[:3]}-{body[3:6]}-{body[6:]} {s:02}"


def nir():
    body = f"{pick(1, 2)}{rnd.randint(40, 99):02}{rnd.randint(1, 12):02}{rnd.randint(1, 95):02}{rnd.randint(1, 989):03}{rnd.randint(1, 999):03}"
    return body + f"{97 - int(body) % 97:02}"


def dni():
    n = rnd.randint(10_000_000, 79_999_999)
    return f"{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}"


def nie():
    first = rnd.randint(0, 2)
    n = rnd.randint(1_000_000, 9_999_999)
    return f"{'XYZ'[first]}{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[int(f'{first}{n}') % 23]}"


def codice_fiscale():
    consonants = "BCDFGHLMNPRSTVZ"
    body = "".join(rnd.choice(consonants) for _ in range(6)) + f"{rnd.randint(40, 99)}{rnd.choice('ABCDEHLMPRST')}{rnd.randint(1, 28):02}"
    body += rnd.choice("ABCDEFGH") + f"{rnd.randint(100, 899)}"
    odd = dict(zip("0123456789", [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]))
    odd |= dict(zip(string.ascii_uppercase, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
    even = lambda c: int(c) if c.isdigit() else ord(c) - 65
    return body + chr(65 + sum(odd[c] if i % 2 == 0 else even(c) for i, c in enumerate(body)) % 26)


def cpf():
    d = [rnd.randint(0, 9) for _ in range(9)]
    for n in (10, 11):
        r = sum(x * w for x, w in zip(d, range(n, 1, -1))) % 11
        d.append(0 if r < 2 else 11 - r)
    s = "".join(map(str, d))
    return f"{s[:3]}.{s[3:6]}.{s[6:9]}-{s[9:]}"


def cnpj():
    d = [rnd.randint(0, 9) for _ in range(8)] + [0, 0, 0, 1]
    for w in ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]):
        r = sum(x * y for x, y in zip(d, w)) % 11
        d.append(0 if r < 2 else 11 - r)
    s = "".join(map(str, d))
    return f"{s[:2]}.{s[2:5]}.{s[5:8]}/{s[8:12]}-{s[12:]}"


def ssn():
    return f"{rnd.choice([n for n in range(1, 900) if n != 666]):03}-{rnd.randint(1, 99):02}-{rnd.randint(1, 9999):04}"


# --- persons ---------------------------------------------------------------------------------------------------------------

FIRST = {
    "en": "James Mary Robert Patricia Michael Jennifer David Linda William Susan Joseph Karen Charles Nancy Daniel Lisa Matthew Ashley Steven Emily Brian Zofia Kofi Thandiwe Ngozi Linus Priya Wei".split(),
    "ru": "Александр Елена Дмитрий Ольга Сергей Наталья Андрей Ирина Алексей Татьяна Максим Светлана Евгений Юлия Иван Анна Михаил Мария Остап Фёкла Агафья Мирон".split(),
    "ru_latin": "Aleksandr Elena Dmitrii Olga Sergei Natalia Andrei Irina Aleksei Tatiana Maksim Svetlana Evgenii Iuliia Ivan Anna Ostap Fekla".split(),
    "de": "Lukas Anna Leon Lena Felix Laura Jonas Julia Paul Sarah Tim Lisa Maximilian Katharina Sebastian Sabine Wolfgang Ingrid Fiete Svenja Torben".split(),
    "fr": "Jean Marie Pierre Camille Louis Manon Lucas Chloé Hugo Léa Julien Sophie Nicolas Claire Thomas Élodie Maëlle Yannick Aurélien Gwenaëlle".split(),
    "es": "Antonio María José Carmen Manuel Ana Francisco Laura David Lucía Javier Marta Carlos Elena Miguel Cristina Sergio Pilar Iñaki Nerea Yolotl".split(),
    "pt": "João Maria José Ana Antônio Francisca Carlos Adriana Paulo Juliana Pedro Fernanda Lucas Patrícia Marcos Aline Luiz Camila Rafael Thaís Ubiratan".split(),
    "it": "Marco Giulia Andrea Chiara Luca Francesca Matteo Sara Alessandro Martina Lorenzo Valentina Davide Elena Simone Alessia Gioacchino Ylenia".split(),
}
LAST = {
    "en": "Smith Johnson Williams Jones Garcia Davis Rodriguez Martinez Hernandez Anderson Thomas Moore Thompson Harris Robinson Clark Lewis Okafor Nguyen Kowalczyk Featherstone Abernathy Mbeki Lindqvist".split(),
    "ru": "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Вышинский Кукушкин Зарубин Тютчев".split(),
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Zimmermann Hintermoser Petersen Oesterreich".split(),
    "fr": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia Roux Fournier Le-Goff Kerviel Abbadie".split(),
    "es": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Álvarez Muñoz Romero Etxeberria Goikoetxea".split(),
    "pt": "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho Almeida Lopes Soares Fernandes Vieira Tupinambá".split(),
    "it": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De-Luca Mancini Costa Giordano Rizzo Lombardi Quattrociocchi".split(),
}
LATIN_LAST = "Ivanov Smirnov Kuznetsov Popov Vasilev Petrov Sokolov Mikhailov Novikov Morozov Volkov Alekseev Lebedev Egorov Pavlov Kozlov Vyshinskii".split()
PATRONYMIC = "Александрович Сергеевна Иванович Дмитриевна Андреевич Алексеевна Николаевич Петровна Владимирович Михайловна".split()


def first(lang): return rnd.choice(FIRST[lang])
def last(lang): return rnd.choice(LAST[lang])


def ascii_name(text):
    table = str.maketrans("áàâãäéèêëíïóôõöúüñçßåø", "aaaaaeeeeiioooouuncsao")
    return text.lower().translate(table).replace("'", "")


def email(lang="en"):
    name = f"{ascii_name(first(lang))}{pick('.', '_', '')}{ascii_name(last(lang))}" if lang != "ru" else pick(*LATIN_LAST).lower()
    return f"{name}{pick('', str(rnd.randint(1, 99)))}@{pick('example.com', 'mail.example.org', 'firma.example.de', 'post.example.ru', 'gmail.com', 'web.de')}"


def us_phone(): return pick("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}").format(digits(3, "23456789").replace("11", "12"), digits(3, "23456789"), digits(4))
def ru_phone(): return pick("+7 ({0}) {1}-{2}-{3}", "8 ({0}) {1}-{2}-{3}", "+7{0}{1}{2}{3}", "8-{0}-{1}-{2}-{3}").format("9" + digits(2), digits(3), digits(2), digits(2))
def de_phone(): return pick("0{0} {1}", "0{0}/{1}", "+49 {0} {1}").format(pick("30", "40", "89", "221", "69", "711"), digits(7, "123456789"))
def fr_phone(): return "0" + pick("1", "6", "7") + " " + " ".join(digits(2) for _ in range(4))
def es_phone(): return pick("{0}{1} {2} {3}", "+34 {0}{1} {2} {3}").format(pick("6", "7"), digits(2), digits(3), digits(3))
def br_phone(): return f"({pick('11', '21', '31', '41')}) 9{digits(4)}-{digits(4)}"


def us_address(): return f"{rnd.randint(1, 9999)} {pick('Maple', 'Oak', 'Washington', 'Lake', '2nd', 'Cedar')} {pick('Street', 'Ave', 'Rd', 'Blvd', 'Lane', 'Drive')}{pick('', ', Apt ' + str(rnd.randint(1, 99)))}"
def ru_address(): return f"{pick('г. Москва', 'г. Казань', 'г. Тверь')}, ул. {pick('Ленина', 'Гагарина', 'Садовая', 'Мира')}, д. {rnd.randint(1, 120)}, кв. {rnd.randint(1, 200)}"
def de_address(): return f"{pick('Hauptstraße', 'Bahnhofstr.', 'Lindenallee', 'Goethestraße', 'Am Waldweg')} {rnd.randint(1, 150)}{pick('', 'a', 'b')}"
def fr_address(): return f"{rnd.randint(1, 180)} {pick('rue', 'avenue', 'boulevard', 'impasse')} {pick('de la République', 'Victor Hugo', 'des Lilas', 'du Moulin')}"
def es_address(): return f"{pick('Calle', 'Avenida', 'Plaza')} {pick('Mayor', 'de la Constitución', 'del Sol', 'Real')}, {rnd.randint(1, 90)}"
def pt_address(): return f"{pick('Rua', 'Avenida', 'Travessa')} {pick('das Flores', 'Brasil', 'Sete de Setembro')}, {rnd.randint(1, 2000)}"
def it_address(): return f"{pick('Via', 'Viale', 'Piazza')} {pick('Roma', 'Garibaldi', 'Dante', 'Mazzini')} {rnd.randint(1, 90)}"


def day(start=1940, end=2005): return datetime.date(rnd.randint(start, end), rnd.randint(1, 12), rnd.randint(1, 28))
def moment(): return datetime.datetime(rnd.randint(2019, 2024), rnd.randint(1, 12), rnd.randint(1, 28), rnd.randint(0, 23), rnd.randint(0, 59), rnd.randint(0, 59))
def ip(): return pick(lambda: f"{rnd.randint(11, 223)}.{rnd.randint(0, 255)}.{rnd.randint(0, 255)}.{rnd.randint(1, 254)}", lambda: f"192.168.{rnd.randint(0, 255)}.{rnd.randint(1, 254)}", lambda: f"2001:db8:{rnd.randint(0, 65535):x}::{rnd.randint(1, 65535):x}")()
def mac(): return ":".join(f"{rnd.randint(0, 255):02x}" for _ in range(6))
def random_hash(name): return hashlib.new(name, rnd.randbytes(16)).hexdigest()
def alnum(n): return "".join(rnd.choice(string.ascii_letters + string.digits) for _ in range(n))
def base64url(n): return "".join(rnd.choice(string.ascii_letters + string.digits + "-_") for _ in range(n))
def bcrypt(): return f"$2b$12${''.join(rnd.choice(string.ascii_letters + string.digits + './') for _ in range(53))}"
def jwt(): return f"eyJhbGciOiJIUzI1NiJ9.eyJ{base64url(40)}.{base64url(43)}"
# The parts are joined here, so that programs that look for keys in repositories find none.
def api_key(): return pick(lambda: "AK" + "IA" + "".join(rnd.choice(string.ascii_uppercase + "234567") for _ in range(16)), lambda: "gh" + "p_" + alnum(36), lambda: "sk" + "_live_" + alnum(24))()
def agent(): return pick("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36", "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{1} like Mac OS X) AppleWebKit/605.1.15", "okhttp/4.{1}.0").format(rnd.randint(100, 125), rnd.randint(0, 9))
def url(): return f"https://{pick('example.com', 'shop.example.org')}/{pick('catalog', 'blog', 'p')}/{rnd.randint(1, 9999)}?page={rnd.randint(1, 20)}"
def db_url(): return f"{pick('postgres', 'mysql', 'amqp', 'redis')}://{pick('app', 'svc', 'report')}:{alnum(12)}@db{rnd.randint(1, 9)}.internal:{pick(5432, 3306)}/{pick('shop', 'crm')}"


HARMLESS_TEXT = ["Delivered on time, thank you", "The parcel was damaged", "Please leave it at the door", "Wrong size, will exchange", "Great quality for the price", "Customer asked for a refund of 20.50",
    "Called twice, no answer", "Order 10233 merged with order 10234", "Version 2.4.1 fixes this", "Waiting for stock since 2024-02-11", "Привезли вовремя, спасибо", "Die Lieferung kam zu spät", "Le colis est arrivé cassé"]


def comment(contact):
    """Text, and in every third row something of somebody."""
    if rnd.random() < 0.67:
        return rnd.choice(HARMLESS_TEXT)
    return pick("Please call {0} before delivery", "Контакт: {0}, после 18:00", "Bitte an {0} schreiben", "new contact {0} (old one is wrong)").format(contact())


# --- tables ----------------------------------------------------------------------------------------------------------------

class Counter:
    def __init__(self, start, step=1): self.value, self.step = start, step
    def __call__(self): self.value += rnd.randint(1, self.step); return self.value


TABLES = {}


def table(name, *columns, rows=ROWS):
    TABLES[name] = (columns, rows)


def numbers(n): return lambda: rnd.randint(0, n)
def money(): return f"{rnd.randint(1, 2000)}.{rnd.randint(0, 99):02}"
def flag(): return pick("t", "f")


table("customers",
    ("customer_id", "integer", "-", Counter(1000, 3)), ("first_name", "text", "first_name", lambda: first("en")), ("last_name", "text", "last_name", lambda: last("en")),
    ("email", "text", "email", email), ("phone", "text", "phone", us_phone), ("street_address", "text", "street_address", us_address), ("city", "text", "city", lambda: pick("Springfield", "Austin", "Portland")),
    ("state", "text", "-", lambda: pick("TX", "OR", "IL", "NY")), ("zip", "text", "postcode", lambda: digits(5)), ("dob", "date", "birth_date", day), ("ssn", "text", "us_ssn", ssn),
    ("created_at", "timestamp", "-", moment), ("status", "text", "-", lambda: pick("active", "closed", "pending")), ("loyalty_points", "integer", "-", numbers(5000)), ("email_verified", "boolean", "-", flag),
    ("notes", "text", "free_text", lambda: comment(us_phone)), ("segment", "text", "-", lambda: pick("gold", "silver", "bronze")), ("referral_code", "text", "-", lambda: alnum(8).upper()))
table("клиенты",
    ("ид", "integer", "-", Counter(1)), ("фамилия", "text", "last_name", lambda: last("ru")), ("имя", "text", "first_name|full_name", lambda: first("ru")), ("отчество", "text", "first_name", lambda: pick(*PATRONYMIC)),
    ("телефон", "text", "phone", ru_phone), ("серия_паспорта", "text", "passport", lambda: digits(4)), ("номер_паспорта", "text", "passport", lambda: digits(6)), ("снилс", "text", "ru_snils", snils), ("инн", "text", "ru_inn", inn12),
    ("адрес", "text", "street_address", ru_address), ("дата_рождения", "text", "birth_date", lambda: day().strftime("%d.%m.%Y")), ("примечание", "text", "free_text", lambda: comment(ru_phone)),
    ("статус", "text", "-", lambda: pick("новый", "постоянный", "закрыт")), ("сумма", "numeric", "-", money), ("дата_создания", "timestamp", "-", moment), ("город", "text", "city", lambda: pick("Москва", "Казань", "Тверь")))
table("sotrudniki",
    ("id", "integer", "-", Counter(1)), ("familiya", "text", "last_name", lambda: pick(*LATIN_LAST)), ("imya", "text", "first_name", lambda: first("ru_latin")), ("fio", "text", "full_name", lambda: f"{last('ru')} {first('ru')} {pick(*PATRONYMIC)}"),
    ("nomer_telefona", "bigint", "phone", lambda: "79" + digits(9)), ("inn", "bigint", "ru_inn", inn12), ("data_rozhdeniya", "date", "birth_date", day), ("oklad", "numeric", "-", money), ("dolzhnost", "text", "-", lambda: pick("инженер", "бухгалтер", "менеджер")),
    ("pasport", "text", "passport", lambda: f"{digits(2)} {digits(2)} {digits(6)}"), ("kod_otdela", "text", "-", lambda: pick("A-1", "B-2")), ("tabelny_nomer", "integer", "-", Counter(5000)))
table("kunden",
    ("kundennummer", "integer", "-", Counter(20000, 4)), ("anrede", "text", "-", lambda: pick("Herr", "Frau")), ("vorname", "text", "first_name", lambda: first("de")), ("nachname", "text", "last_name", lambda: last("de")),
    ("strasse", "text", "street_address", de_address), ("plz", "text", "postcode", lambda: digits(5)), ("ort", "text", "city|street_address", lambda: pick("Berlin", "Köln", "Hamburg")), ("telefon", "text", "phone", de_phone), ("email", "text", "email", lambda: email("de")),
    ("iban", "text", "iban", lambda: iban("DE", digits(18))), ("geburtsdatum", "date", "birth_date", day), ("steuer_id", "text", "national_id", lambda: digits(11)), ("kundenstatus", "text", "-", lambda: pick("aktiv", "gesperrt")), ("umsatz", "numeric", "-", money))
table("adherents",
    ("id", "integer", "-", Counter(1)), ("nom", "text", "last_name|full_name", lambda: last("fr")), ("prenom", "text", "first_name", lambda: first("fr")), ("courriel", "text", "email", lambda: email("fr")), ("numero_secu", "text", "fr_nir", nir),
    ("adresse", "text", "street_address", fr_address), ("code_postal", "text", "postcode", lambda: digits(5)), ("ville", "text", "city", lambda: pick("Lyon", "Lille", "Nantes")), ("tel_portable", "text", "phone", fr_phone),
    ("date_naissance", "date", "birth_date", day), ("cotisation", "numeric", "-", money), ("statut", "text", "-", lambda: pick("actif", "radié")), ("mot_de_passe", "text", "password|password_hash", bcrypt))
table("clientes_es",
    ("id", "integer", "-", Counter(1)), ("nombre", "text", "first_name|full_name", lambda: first("es")), ("apellido1", "text", "last_name", lambda: last("es")), ("apellido2", "text", "last_name", lambda: last("es")), ("dni", "text", "es_dni", lambda: pick(dni, nie)()),
    ("correo", "text", "email", lambda: email("es")), ("movil", "text", "phone", es_phone), ("direccion", "text", "street_address", es_address), ("cuenta_bancaria", "text", "iban|bank_account", lambda: iban("ES", digits(20))), ("fecha_nacimiento", "date", "birth_date", day),
    ("provincia", "text", "-", lambda: pick("Madrid", "Sevilla", "Murcia")), ("pedidos", "integer", "-", numbers(40)), ("estado", "text", "-", lambda: pick("activo", "baja")))
table("pessoas",
    ("id", "integer", "-", Counter(1)), ("nome", "text", "first_name|full_name", lambda: f"{first('pt')} {last('pt')}"), ("sobrenome", "text", "last_name", lambda: last("pt")), ("cpf", "text", "br_cpf", cpf), ("cnpj_empresa", "text", "br_cnpj", cnpj), ("celular", "text", "phone", br_phone),
    ("cep", "text", "postcode", lambda: f"{digits(5)}-{digits(3)}"), ("logradouro", "text", "street_address", pt_address), ("data_nascimento", "date", "birth_date", day), ("senha_hash", "text", "password_hash", bcrypt), ("situacao", "text", "-", lambda: pick("ativo", "inativo")), ("saldo", "numeric", "-", money))
table("utenti",
    ("id", "integer", "-", Counter(1)), ("nome", "text", "first_name|full_name", lambda: first("it")), ("cognome", "text", "last_name", lambda: last("it")), ("codice_fiscale", "text", "it_codice_fiscale", codice_fiscale), ("indirizzo", "text", "street_address", it_address), ("telefono", "text", "phone", lambda: f"+39 3{digits(2)} {digits(7)}"),
    ("data_di_nascita", "date", "birth_date", day), ("ruolo", "text", "-", lambda: pick("admin", "utente")), ("attivo", "boolean", "-", flag))
# Values alone must do here.
table("t1",
    ("c01", "text", "email", email), ("c02", "text", "phone", lambda: pick(us_phone, ru_phone, fr_phone)()), ("c03", "text", "phone", de_phone), ("c04", "text", "phone", lambda: "79" + digits(9)), ("c05", "text", "full_name", lambda: f"{first('en')} {last('en')}"), ("c06", "text", "first_name", lambda: first("ru")),
    ("c07", "text", "last_name", lambda: last("de")), ("c08", "text", "payment_card", card), ("c09", "text", "payment_card", lambda: grouped(card())), ("c10", "text", "iban", any_iban), ("c11", "text", "ip_address", ip), ("c12", "text", "mac_address", mac), ("c13", "text", "us_ssn", ssn), ("c14", "text", "ru_inn", inn12),
    ("c15", "text", "ru_snils", snils), ("c16", "text", "fr_nir", nir), ("c17", "text", "es_dni", lambda: pick(dni, nie)()), ("c18", "text", "it_codice_fiscale", codice_fiscale), ("c19", "text", "br_cpf", cpf), ("c20", "text", "br_cnpj", cnpj))
table("t2",
    ("c01", "text", "coordinates", lambda: f"{rnd.uniform(-60, 70):.5f}, {rnd.uniform(-180, 180):.5f}"), ("c02", "text", "password_hash", bcrypt), ("c03", "text", "jwt", jwt), ("c04", "text", "api_key", api_key), ("c05", "text", "url_credentials|free_text", db_url), ("c06", "text", "user_agent", agent), ("c07", "text", "street_address", us_address),
    ("c08", "text", "street_address", ru_address), ("c09", "text", "street_address", lambda: pick(de_address, fr_address, es_address)()), ("c10", "text", "full_name", lambda: f"{last('ru')} {first('ru')[0]}. {pick(*PATRONYMIC)[0]}."), ("c11", "text", "full_name", lambda: f"{last('ru')} {first('ru')} {pick(*PATRONYMIC)}"), ("c12", "text", "free_text", lambda: comment(email)),
    ("c13", "text", "free_text", lambda: comment(lambda: grouped(card()))), ("c14", "text", "token", lambda: alnum(32)), ("c15", "text", "full_name", lambda: f"{first('es')} {last('es')} {last('es')}"), ("c16", "text", "first_name", lambda: first("fr")), ("c17", "text", "last_name", lambda: last("ru")), ("c18", "text", "free_text", lambda: comment(any_iban)))
# Numbers that look like something.
table("trap_numbers",
    ("order_number", "bigint", "-", Counter(4500012345, 9)), ("order_ref", "text", "-", lambda: f"2024-{rnd.randint(1, 999999):06}"), ("purchase", "text", "-", lambda: "45" + digits(8)), ("unix_time", "bigint", "-", lambda: rnd.randint(1_500_000_000, 1_720_000_000)), ("event_ms", "bigint", "-", lambda: rnd.randint(1_500_000_000_000, 1_720_000_000_000)),
    ("release", "text", "-", lambda: f"{rnd.randint(1, 12)}.{rnd.randint(0, 30)}.{rnd.randint(0, 20)}.{rnd.randint(0, 9)}"), ("isbn", "text", "-", lambda: f"978-{digits(1)}-{digits(2)}-{digits(6)}-{digits(1)}"), ("ean13", "text", "-", lambda: "4" + digits(12)), ("tracking_no", "text", "-", lambda: "1Z" + alnum(16).upper()), ("invoice", "text", "-", lambda: f"INV-{rnd.randint(2019, 2024)}-{digits(5)}"),
    ("part_number", "text", "-", lambda: f"{digits(3, '1')}-{digits(4)}-{digits(2)}"), ("x1", "text", "-", lambda: digits(16, "4")), ("x2", "text", "-", lambda: digits(11)), ("x3", "text", "-", lambda: digits(9)), ("x4", "text", "-", Counter(79000000000, 50)), ("x5", "text", "-", lambda: digits(12)), ("x6", "text", "-", lambda: digits(10)), ("score", "numeric", "-", lambda: f"{rnd.random():.5f}"),
    ("x7", "text", "-", lambda: f"{rnd.randint(1, 9)}.{rnd.randint(0, 9)}.{rnd.randint(0, 9)}"), ("x8", "text", "-", lambda: f"{digits(4)}-{digits(4)}-{digits(4)}-{digits(4)}"), ("duration_ms", "integer", "-", numbers(90000)), ("x9", "text", "-", lambda: f"{rnd.randint(0, 23):02}:{rnd.randint(0, 59):02}:{rnd.randint(0, 59):02}"), ("ratio", "double precision", "-", lambda: f"{rnd.uniform(-50, 50):.6f}"))
table("trap_codes",
    ("id", "uuid", "-", lambda: uuid.UUID(bytes=rnd.randbytes(16), version=4)), ("commit", "text", "-", lambda: random_hash("sha1")), ("etag", "text", "-", lambda: random_hash("md5")), ("file_checksum", "text", "-", lambda: random_hash("sha256")), ("request_id", "text", "-", lambda: uuid.UUID(bytes=rnd.randbytes(16), version=4)), ("path", "text", "-", lambda: f"/srv/data/{pick('a', 'b')}/{digits(4)}/report_{digits(6)}.pdf"),
    ("mime_type", "text", "-", lambda: pick("text/html", "image/png", "application/json")), ("url", "text", "-", url), ("slug", "text", "-", lambda: f"{pick('how-to', 'why-we', 'best')}-{pick('bake-bread', 'ride-bikes', 'fix-a-roof')}-{rnd.randint(1, 99)}"), ("color", "text", "-", lambda: f"#{random_hash('md5')[:6]}"), ("locale", "text", "-", lambda: pick("en-US", "de-DE", "ru-RU")), ("time_zone", "text", "-", lambda: pick("Europe/Berlin", "America/New_York")),
    ("icon", "text", "-", lambda: f"icon_{rnd.randint(1, 40)}@2x.png"), ("expression", "text", "-", lambda: f"a{rnd.randint(1, 9)} + b * {rnd.randint(1, 99)}"), ("sku", "text", "-", lambda: f"{pick('TS', 'JK')}-{pick('RED', 'BLU')}-{digits(4)}"), ("key", "text", "-", lambda: pick("theme", "page_size", "currency", "retries")), ("import", "text", "-", lambda: pick("@angular/core@17.2.1", "lodash@4.17.21", "react@18.2.0")))
table("trap_texts",
    ("product_name", "text", "-", lambda: f"{pick('Green', 'Wireless', 'Organic', 'Leather', 'Steel')} {pick('Tea', 'Mouse', 'Coffee', 'Bag', 'Bottle')} {pick('', 'Pro', 'XL', '500ml')}".strip()), ("name", "text", "-", lambda: f"{pick('Blue', 'Classic', 'Deluxe')} {pick('Chair', 'Lamp', 'Table')}"), ("month", "text", "-", lambda: pick("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")), ("country", "text", "-", lambda: pick("Germany", "France", "Chad", "Jordan", "Georgia", "Spain", "Italy", "Brazil", "Kenya", "Peru", "Chile", "Israel")),
    ("brand", "text", "-", lambda: pick("Ford", "Bosch", "Siemens", "Acme", "Globex", "Umbrella", "Initech", "Hooli", "Stark Industries")), ("title", "text", "-", lambda: f"{pick('The Art of', 'Notes on', 'Introduction to')} {pick('Painting', 'Databases', 'Gardening', 'Statistics')}"), ("description", "text", "-", lambda: pick(*HARMLESS_TEXT)), ("genre", "text", "-", lambda: pick("Rock", "Jazz", "Metal", "Blues", "Latin", "Reggae")), ("job_title", "text", "-", lambda: pick("Software Engineer", "Sales Manager", "Accountant", "Nurse")),
    ("department", "text", "-", lambda: pick("Sales", "Marketing", "IT", "Legal")), ("position", "text", "-", lambda: pick("инженер", "слесарь", "английский переводчик")), ("size_text", "text", "-", lambda: f"{rnd.randint(10, 99)} x {rnd.randint(10, 99)} cm"), ("weekday", "text", "-", lambda: pick("Monday", "Tuesday", "Friday")), ("category", "text", "-", lambda: pick("Books", "Toys", "Garden tools", "Home & kitchen")), ("unit_price", "text", "-", lambda: f"${money()}"), ("host", "text", "-", lambda: f"{pick('web', 'db')}-{rnd.randint(1, 9)}.{pick('eu', 'us')}.internal"),
    ("company", "text", "-", lambda: f"{pick('Nordwind', 'Blue Ocean', 'Alpha', 'Vostok')} {pick('GmbH', 'Ltd', 'LLC', 'S.A.')}"))
# Names that look like something.
table("trap_columns",
    ("email_verified_at", "timestamp", "-", moment), ("phone_type", "text", "-", lambda: pick("home", "work", "mobile")), ("email_template", "text", "-", lambda: pick("welcome", "reset", "invoice")), ("address_count", "integer", "-", numbers(5)), ("password_changed_at", "timestamp", "-", moment), ("is_passport_valid", "boolean", "-", flag), ("name_length", "integer", "-", numbers(30)), ("token_type", "text", "-", lambda: pick("bearer", "mac")),
    ("card_type", "text", "-", lambda: pick("visa", "mastercard", "mir")), ("phone_model", "text", "-", lambda: pick("iPhone 12", "Galaxy S21", "Pixel 7")), ("ip_version", "integer", "-", lambda: pick(4, 6)), ("city_id", "integer", "-", numbers(300)), ("address_id", "integer", "-", numbers(3000)), ("email_frequency", "text", "-", lambda: pick("daily", "weekly")), ("login_count", "integer", "-", numbers(300)), ("table_name", "text", "-", lambda: pick("orders", "items", "users")), ("file_name", "text", "-", lambda: f"report_{digits(4)}.pdf"),
    ("birth_rate", "numeric", "-", money), ("password_policy", "text", "-", lambda: pick("strict", "default")), ("mobile_enabled", "boolean", "-", flag), ("zip_size", "bigint", "-", numbers(100000)), ("contact_method", "text", "-", lambda: pick("email", "phone", "post")), ("country_code", "text", "-", lambda: pick("DE", "FR", "RU")), ("last_seen", "timestamp", "-", moment), ("display_order", "integer", "-", numbers(20)), ("house_style", "text", "-", lambda: pick("modern", "classic", "loft")))
table("access_log",
    ("id", "bigint", "-", Counter(1)), ("at", "timestamp", "-", moment), ("ip", "text", "ip_address", ip), ("user_agent", "text", "user_agent", agent), ("path", "text", "-", lambda: f"/{pick('cart', 'item', 'login')}/{rnd.randint(1, 999)}"), ("method", "text", "-", lambda: pick("GET", "POST")), ("status", "integer", "-", lambda: pick(200, 404, 500)), ("session_id", "text", "token", lambda: alnum(26)),
    ("message", "text", "free_text", lambda: comment(lambda: f"user {email()}")), ("request_id", "uuid", "-", lambda: uuid.UUID(bytes=rnd.randbytes(16), version=4)), ("bytes_sent", "integer", "-", numbers(100000)), ("referer", "text", "-", url), ("remote", "inet", "ip_address", lambda: f"10.{rnd.randint(0, 255)}.{rnd.randint(0, 255)}.{rnd.randint(1, 254)}"))
table("accounts",
    ("id", "integer", "-", Counter(1)), ("username", "text", "user_name", lambda: f"{ascii_name(first('en'))}{rnd.randint(1, 99)}"), ("password_hash", "text", "password_hash", bcrypt), ("salt", "text", "password_hash", lambda: alnum(16)), ("api_key", "text", "api_key", lambda: alnum(32)), ("reset_password_token", "text", "token", lambda: alnum(24)), ("totp_secret", "text", "api_key", lambda: "".join(rnd.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))),
    ("last_login_ip", "text", "ip_address", ip), ("role", "text", "-", lambda: pick("admin", "user", "guest")), ("permissions", "text", "-", lambda: pick("read", "read,write")), ("failed_attempts", "integer", "-", numbers(5)), ("pwd", "text", "password", lambda: pick("hunter2", "qwerty", "letmein", "s3cret!", "пароль", "123456")), ("avatar_url", "text", "-", url), ("bio_hash", "text", "hex_digest", lambda: random_hash("md5")))
table("devices",
    ("device_id", "integer", "-", Counter(1)), ("mac_address", "macaddr", "mac_address", mac), ("wifi_bssid", "text", "mac_address", mac), ("serial_number", "text", "-", lambda: alnum(10).upper()), ("firmware_version", "text", "-", lambda: f"{rnd.randint(1, 9)}.{rnd.randint(0, 9)}.{rnd.randint(0, 99)}"), ("ip_address", "text", "ip_address", ip), ("latitude", "numeric", "coordinates", lambda: f"{rnd.uniform(-60, 70):.6f}"), ("longitude", "double precision", "coordinates", lambda: f"{rnd.uniform(-180, 180):.6f}"),
    ("model", "text", "-", lambda: pick("TX-100", "TX-200")), ("temperature", "numeric", "-", lambda: f"{rnd.uniform(-20, 40):.1f}"), ("location", "text", "coordinates", lambda: f"{rnd.uniform(40, 60):.6f},{rnd.uniform(5, 40):.6f}"), ("installed_at", "timestamp", "-", moment))
table("tickets",
    ("id", "integer", "-", Counter(1)), ("subject", "text", "-", lambda: pick("Late delivery", "Refund", "Broken item", "Question about sizes", "Invoice missing")), ("body", "text", "free_text", lambda: comment(lambda: pick(email, ru_phone, any_iban)())), ("priority", "text", "-", lambda: pick("low", "high")), ("assignee", "text", "full_name|email", lambda: f"{first('en')} {last('en')}"), ("created_by", "text", "email|user_name", email), ("tags", "text", "-", lambda: pick("{delivery}", "{refund,vip}")), ("resolution", "text", "-", lambda: pick("refunded", "replaced", "none")))
table("settings",
    ("key", "text", "-", lambda: pick("db.main", "db.replica", "queue", "theme", "page_size")), ("value", "text", "free_text|url_credentials", lambda: pick(db_url(), "dark", str(rnd.randint(10, 100)), "true")), ("description", "text", "-", lambda: pick("Main database", "Replica", "Colour scheme", "Rows on a page")), ("updated_at", "timestamp", "-", moment))
table("payments",
    ("id", "bigint", "-", Counter(100000, 5)), ("card_number", "text", "payment_card", card), ("cvv", "text", "card_security_code", lambda: digits(3)), ("cardholder_name", "text", "full_name", lambda: f"{first('en')} {last('en')}".upper()), ("amount", "numeric", "-", money), ("currency", "text", "-", lambda: pick("EUR", "USD", "RUB")), ("payer_iban", "text", "iban", any_iban), ("order_id", "bigint", "-", Counter(5000, 3)), ("pan_masked", "text", "-", lambda: f"{digits(6)}******{digits(4)}"), ("auth_code", "text", "token|-", lambda: digits(6)), ("state", "text", "-", lambda: pick("captured", "refunded")))
table("library",
    ("isbn", "text", "-", lambda: "978" + digits(10)), ("title", "text", "-", lambda: f"{pick('The Long', 'A Short', 'Another')} {pick('Winter', 'Journey', 'History')}"), ("author", "text", "full_name", lambda: f"{first('en')} {last('en')}"), ("director", "text", "full_name", lambda: f"{first('fr')} {last('fr')}"), ("year", "integer", "-", lambda: rnd.randint(1950, 2024)), ("pages", "integer", "-", numbers(900)), ("publisher", "text", "-", lambda: pick("Penguin", "Eksmo", "Suhrkamp", "Gallimard")), ("shelf", "text", "-", lambda: f"{pick('A', 'B')}-{rnd.randint(1, 40)}"))
table("artists", ("artist_id", "integer", "-", Counter(1)), ("name", "text", "-", lambda: pick("AC/DC", "Accept", "Aerosmith", "Audioslave", "Black Sabbath", "Deep Purple", "Foo Fighters", "Iron Maiden", "Led Zeppelin", "Metallica", "Os Mutantes", "Pearl Jam", "Queen", "Red Hot Chili Peppers", "The Clash", "U2", "Velvet Revolver")))
table("cities", ("id", "integer", "-", Counter(1)), ("country_name", "text", "-", lambda: pick("Germany", "France")), ("population", "integer", "-", numbers(3_000_000)), ("timezone", "text", "-", lambda: pick("Europe/Berlin", "Europe/Paris")), ("founded", "integer", "-", lambda: rnd.randint(800, 1900)))


def field(value):
    if value is None:
        return r"\N"
    return str(value).replace("\\", "\\\\").replace("\t", r"\t").replace("\n", r"\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.tsv"):
        old.unlink()
    for name, (columns, rows) in TABLES.items():
        lines = ["\t".join(column[i] for column in columns) for i in range(3)]
        for _ in range(rows):
            # Every twelfth value is NULL, as in life.
            lines.append("\t".join(field(None if rnd.random() < 1 / 12 else column[3]()) for column in columns))
        (OUT / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
