# Masks the people of the Chinook sample: customers, employees, and the addresses on their invoices.
{
    "dictionary": [
        {
            "schema": "public",
            "table": "customer",
            "fields": {
                "first_name": "anon_funcs.partial(first_name, 1, '***', 0)",
                # varchar(20): a digest is longer
                "last_name": "left(anon_funcs.digest(last_name, 'chinook', 'sha256'), 20)",
                "address": "'Street ' || anon_funcs.random_string(12)",
                "postal_code": "'X' || anon_funcs.random_zip()",
                "phone": "anon_funcs.random_phone('+999 ')",
                "fax": "case when fax is not null then anon_funcs.random_phone('+998 ') end",
                # The digest of an address is the same in every row, and no two addresses have the same one.
                "email": "anon_funcs.digest(email, 'chinook', 'md5') "
                         "|| '@example.com'",
            },
        },
        {
            "schema_mask": "^public$",
            "table_mask": "^employee",
            "fields": {
                "first_name": "anon_funcs.random_string(8)",
                "last_name": "anon_funcs.random_string(8)",
                "birth_date": "anon_funcs.dnoise(birth_date, interval '1 year')",
                "address": "'Street ' || anon_funcs.random_string(12)",
                "postal_code": "'X' || anon_funcs.random_zip()",
                "phone": "anon_funcs.random_phone('+999 ')",
                "fax": "anon_funcs.random_phone('+998 ')",
                "email": 'anon_funcs.partial_email(email)',
            },
        },
        {
            "schema": "public",
            "table": "invoice",
            "fields": {
                "billing_address": "SQL:anon_funcs.random_string(20)::varchar",
                "billing_postal_code": "case when billing_postal_code is not null then 'X' || anon_funcs.random_zip() end",
            },
        },
    ],
    "dictionary_exclude": [],
}
