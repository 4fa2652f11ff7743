-- A few rows, one line a column. Run in both databases; the lines are then put side by side.
COPY (
    SELECT place, item, part, key, left(regexp_replace(value, '[[:space:]]+', ' ', 'g'), 46)
    FROM (
        SELECT 1, 'customer ' || customer_id, to_json(t) FROM shop.customers t WHERE customer_id IN (1, 2)
        UNION ALL SELECT 2, 'staff ' || staff_id, to_json(t) FROM shop.staff t WHERE staff_id = 7
        UNION ALL SELECT 3, 'order ' || order_id, to_json(t) FROM shop.orders t WHERE order_id = 2
        UNION ALL SELECT 4, 'payment ' || payment_id, to_json(t) FROM shop.payments t WHERE payment_id = 1
        UNION ALL SELECT 5, 'message ' || message_id, to_json(t) FROM shop.messages t WHERE message_id = 1
    ) AS rows (place, item, content), json_each_text(content) WITH ORDINALITY AS part (key, value, part)
) TO STDOUT;
