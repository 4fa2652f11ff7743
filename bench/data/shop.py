# Twelve masked columns in six of the twenty tables of the shop.
{
    "dictionary": [
        {"schema": "public", "table": "customer", "fields": {
            "full_name": "anon_funcs.random_string(12)",
            "email": "anon_funcs.partial_email(email)",
            "phone": "anon_funcs.random_phone('+49')",
            "birth_date": "anon_funcs.dnoise(birth_date, interval '1 year')",
        }},
        {"schema": "public", "table": "address", "fields": {
            "street": "anon_funcs.random_string(20)",
            "postal_code": "anon_funcs.random_zip()",
        }},
        {"schema": "public", "table": "staff", "fields": {
            "email": "anon_funcs.partial_email(email)",
            "salary": "anon_funcs.noise(salary, 0.1)",
        }},
        {"schema": "public", "table": "payment", "fields": {
            "card_holder": "anon_funcs.digest(card_holder, 'salt', 'sha256')",
            "card_number": "anon_funcs.partial(card_number, 0, '************', 4)",
        }},
        {"schema": "public", "table": "shipment", "fields": {
            "recipient": "anon_funcs.digest(recipient, 'salt', 'md5')",
        }},
        {"schema": "public", "table": "login_session", "fields": {
            "address": "inet '192.0.2.1'",
        }},
    ],
}
