-- How many rows fall into each class of three masked columns. Run in both databases; the counts are then put side by side.
COPY (
    SELECT 1, 'born in (customers)', extract(year FROM birth_date)::int / 10 * 10, extract(year FROM birth_date)::int / 10 * 10 || 's', count(*)
    FROM shop.customers WHERE birth_date IS NOT NULL GROUP BY 3, 4
    UNION ALL
    SELECT 2, 'salary (staff)', floor(salary / 500)::int, to_char(floor(salary / 500) * 500, 'FM999,990') || ' to ' || to_char(floor(salary / 500) * 500 + 499, 'FM999,990'), count(*)
    FROM shop.staff GROUP BY 3, 4
    UNION ALL
    SELECT 3, 'last name begins (customers)', ascii(left(last_name, 1)), left(last_name, 1), count(*)
    FROM shop.customers GROUP BY 3, 4
) TO STDOUT;
