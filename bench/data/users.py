# Five masked columns of nine: what a masked dump is measured with.
{
    "dictionary": [
        {"schema": "public", "table": "users", "fields": {
            "login": "anon_funcs.random_string(8)",
            "email": "anon_funcs.partial_email(email)",
            "phone": "anon_funcs.random_phone('+7')",
            "full_name": "anon_funcs.digest(full_name, 'salt', 'sha256')",
            "birth_date": "anon_funcs.dnoise(birth_date, interval '1 year')",
        }},
    ],
}
