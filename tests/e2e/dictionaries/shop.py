{
    "dictionary": [
        {
            "schema": "public",
            "table": "customer",
            "fields": {
                "name": "anon_funcs.digest(name, 'salt', 'sha256')",
                "email": "md5(email) || '@masked.example'",
                "phone": "anon_funcs.random_phone('+49')",
                "note": "NULL",
            },
        },
        {"schema": "public", "table": "staff", "fields": {"name": "anon_funcs.random_string(12)"}},
    ],
}
