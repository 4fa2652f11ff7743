# Which columns of the shop are sensitive, and what is put in their place.
#
# A rule is a SQL expression over the row. It gives the value that leaves the database; the original one does not.
# The word in digest(), the salt, makes it hard to find the original by trying. Choose one of your own, and keep it.
{
    "dictionary": [
        {
            "schema": "shop",
            "table": "customers",
            "fields": {
                "first_name": "anon_funcs.random_in(array['Alex', 'Charlie', 'Kim', 'Robin', 'Sam', 'Toni'])",
                "last_name": "anon_funcs.partial(last_name, 1, '*****', 0)",
                # Unique stays unique. Other columns that hold the address have the same rule: see "consistent" below.
                "email": "left(anon_funcs.digest(email, 'salt of the demo', 'sha256'), 24) || '@example.com'",
                "phone": "case when phone is not null then anon_funcs.random_phone('+49') end",
                "birth_date": "anon_funcs.dnoise(birth_date, interval '2 years')",
                "street": "'Street ' || anon_funcs.random_int_between(1, 1000)",
                "postal_code": "anon_funcs.random_zip()",
                # Free text may say anything about anybody.
                "notes": "case when notes is not null then '(removed)' end",
                # What is harmless in a document stays, the rest is replaced.
                "profile": "profile || jsonb_build_object("
                           "  'email', left(anon_funcs.digest(email, 'salt of the demo', 'sha256'), 24) || '@example.com',"
                           "  'nickname', anon_funcs.random_string(8))",
            },
        },
        {
            "schema": "shop",
            "table": "staff",
            "fields": {
                "first_name": "anon_funcs.random_in(array['Alex', 'Charlie', 'Kim', 'Robin', 'Sam', 'Toni'])",
                "last_name": "anon_funcs.partial(last_name, 1, '*****', 0)",
                "email": "left(anon_funcs.digest(email, 'salt of the demo', 'sha256'), 24) || '@shop.example.com'",
                "phone": "anon_funcs.random_phone('+44')",
                "salary": "anon_funcs.noise(salary, 0.2)",
            },
        },
        {
            # A rule for a partitioned table is a rule for its partitions.
            "schema": "shop",
            "table": "orders",
            "fields": {
                "deliver_to": "'Somebody, Street ' || anon_funcs.random_int_between(1, 1000)",
            },
        },
        {
            "schema": "shop",
            "table": "payments",
            "fields": {
                "card_holder": "'CARD HOLDER'",
                "card_number": "anon_funcs.partial(card_number, 0, '************', 4)",
            },
        },
        {
            "schema": "shop",
            "table": "messages",
            "fields": {
                "body": "'(a message of ' || length(body) || ' characters)'",
            },
        },
    ],
    # These hold the same addresses: the rule of one is the rule of all, so that they still agree. Columns of foreign keys
    # need not be named here: what refers to a masked column takes its rule over.
    "consistent": [
        [
            {"schema": "shop", "table": "customers", "column": "email"},
            {"schema": "shop", "table": "messages", "column": "sender"},
        ],
    ],
    # The table is there in the copy, its rows are not.
    "dictionary_exclude": [
        {"schema": "shop", "table": "sessions"},
    ],
}
