-- The bulk of the rows. pg_temp.random(i, salt) is a number in [0, 1) that hangs on the seed and its arguments
-- alone; pg_temp.share(x) is that part of the wanted number of rows. Nothing here may ask for the time of day.
INSERT INTO customers
SELECT i,
  (ARRAY['Ann', 'Björn', 'Chloé', 'Дмитрий', 'Eszter', 'Fatma', '光', 'O''Brien', 'Zoë 🎈', 'Lü'])[1 + floor(10 * pg_temp.random(i, 1))::int]
    || ' ' || (ARRAY['Smith', 'Müller', 'Иванова', 'de la Cruz', 'Ó Sé', '"Buddy" Lee', '山田', 'Jones, Jr.', 'Novák', 'Nguyễn'])[1 + floor(10 * pg_temp.random(i, 2))::int],
  'customer' || i || '@example.com',
  CASE WHEN pg_temp.random(i, 3) < 0.7 THEN '+49 30 ' || lpad(floor(1e7 * pg_temp.random(i, 4))::text, 7, '0') END,
  pg_temp.random(i, 5) < 0.4,
  9007199254740993 + floor(1e12 * pg_temp.random(i, 6))::bigint,
  CASE WHEN pg_temp.random(i, 7) < 0.3 THEN '{}' ELSE ARRAY['since ' || (2000 + i % 26), NULLIF((ARRAY['vip', 'a "quoted" tag', 'back\slash', 'NULL', 'x'])[1 + i % 5], 'x')] END,
  CASE WHEN pg_temp.random(i, 8) < 0.8 THEN jsonb_build_object('colour', (ARRAY['red', 'grün', 'blue'])[1 + i % 3], 'size', i % 50, 'exact', 1.10, 'nested', jsonb_build_array(NULL, true, jsonb_build_object('k', 'v"'))) END,
  CASE WHEN pg_temp.random(i, 9) < 0.9 THEN date '1930-01-01' + floor(28000 * pg_temp.random(i, 10))::int END,
  timestamptz '2020-01-01 00:00:00Z' + (1.5e8 * pg_temp.random(i, 11)) * interval '1 second'
FROM generate_series(1, pg_temp.share(0.10)) i;

INSERT INTO addresses (customer_id, line1, line2, city, postcode, location)
SELECT i, (1 + i % 200) || ' ' || (ARRAY['High Street', 'Straße des 17. Juni', 'Rue de l''Église', 'Невский пр.', '丸の内'])[1 + i % 5],
  CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN 'c/o "The Office", 2nd floor' END,
  (ARRAY['London', 'Berlin', 'Paris', 'Санкт-Петербург', '東京'])[1 + i % 5], lpad((i % 99999)::text, 5, '0'),
  CASE WHEN pg_temp.random(i, 20) < 0.5 THEN point(round((180 * pg_temp.random(i, 21))::numeric, 6)::float8, -0.5) END
FROM generate_series(1, pg_temp.share(0.10)) i;

INSERT INTO products (id, sku, name, price, purchase_price, weight, sold_during, picture, updated_at)
SELECT i, md5('product' || i)::uuid,
  (ARRAY['Kettle', 'Lamp "Luna"', 'Teller Ø 20', 'Stuhl', '茶碗', 'Mug 🍵'])[1 + i % 6] || ' No. ' || i,
  round((1 + 500 * pg_temp.random(i, 30))::numeric, 2), round((300 * pg_temp.random(i, 31))::numeric, 2 + (i % 9)::int) * 1.000,
  CASE WHEN i % 4 > 0 THEN ROW(round((20 * pg_temp.random(i, 32))::numeric, 3), (ARRAY['kg', 'lb, oz', 'a "stone"'])[i % 4])::measure END,
  daterange(date '2023-01-01' + (i % 700)::int, CASE WHEN i % 5 = 0 THEN NULL ELSE date '2026-01-01' + (i % 90)::int END),
  CASE WHEN i % 3 = 0 THEN decode(repeat(md5('picture' || i), 1 + (i % 8)::int), 'hex') END,
  timestamptz '2025-01-01 00:00:00Z' + i * interval '1 minute'
FROM generate_series(1, pg_temp.share(0.01)) i;

UPDATE products SET price = round(price * 1.07, 2), updated_at = updated_at + interval '30 days' WHERE id % 2 = 0;
UPDATE products SET price = round(price * 0.90, 2), updated_at = updated_at + interval '60 days' WHERE id % 3 = 0;
INSERT INTO price_history_imported (id, product_id, old_price, new_price, changed_at, source)
SELECT -id, id, round(price * 0.8, 2), price, timestamptz '2022-06-01Z', 'old shop; "csv"' FROM products WHERE id % 7 = 0 ORDER BY id;

INSERT INTO orders
SELECT i, 1 + floor(pg_temp.share(0.10) * pg_temp.random(i, 40))::bigint,
  timestamptz '2024-01-01 00:00:00Z' + (6.6e7 * pg_temp.random(i, 41)) * interval '1 second',
  (enum_range(NULL::order_status))[1 + floor(5 * pg_temp.random(i, 42))::int],
  CASE i % 9 WHEN 0 THEN '' WHEN 1 THEN E'Please ring twice.\nThen wait.' WHEN 2 THEN 'he said "now", not later' WHEN 3 THEN E'a\ttab' END,
  make_interval(days => (i % 12)::int, secs => round((86400 * pg_temp.random(i, 43))::numeric, 3)::float8),
  CASE WHEN i % 11 > 0 THEN ('10.' || i % 256 || '.' || (i / 256) % 256 || '.7')::inet ELSE '2001:db8::1/64'::inet END,
  CASE WHEN i % 4 = 0 THEN E'{"gift": true,\n "ribbon":   "gold", "price": 1.50}'::json END
FROM generate_series(1, pg_temp.share(0.20)) i;

INSERT INTO order_items (order_id, line, ordered_at, product_id, quantity, unit_price, discount)
SELECT o.id, line, o.ordered_at, p.id, 1 + floor(5 * pg_temp.random(o.id * 2 + line, 50))::int, p.price,
  round((0.3 * pg_temp.random(o.id * 2 + line, 51))::numeric, 3)::real
FROM orders o CROSS JOIN generate_series(1, 2) line
JOIN products p ON p.id = 1 + floor(pg_temp.share(0.01) * pg_temp.random(o.id * 2 + line, 52))::bigint
ORDER BY o.id, line;

INSERT INTO payments
SELECT md5('payment' || o.id)::uuid, o.id, o.ordered_at, (10000 * pg_temp.random(o.id, 60))::numeric::money, pg_temp.random(o.id, 61),
  9223372036854775807 - o.id,
  CASE WHEN o.id % 10 = 0 THEN xmlparse(CONTENT '<receipt no="' || o.id || '">A &amp; B</receipt>') END,
  CASE o.id % 500 WHEN 0 THEN 'infinity' WHEN 2 THEN NULL ELSE o.ordered_at + interval '5 minutes' END
FROM orders o WHERE o.id % 2 = 0 ORDER BY o.id;

INSERT INTO stock
SELECT p.id, warehouse, floor(1000 * pg_temp.random(p.id, 70))::int,
  int4multirange(int4range(1, 4), int4range(10 + (p.id % 5)::int, 20)), (p.id % 16)::int::bit(4), date '2026-01-01' + (p.id % 28)::int
FROM products p CROSS JOIN (VALUES ('Nord'), ('Süd')) AS w (warehouse) ORDER BY p.id, warehouse;

INSERT INTO reviews
SELECT i, 1 + floor(pg_temp.share(0.01) * pg_temp.random(i, 80))::bigint, 1 + floor(5 * pg_temp.random(i, 81))::int,
  (ARRAY['', NULL, 'Good.', '\.', '"', '""', ',', E'two\nlines', E'CR LF\r\nhere', E'lone\rCR', ' spaces around ', '=1+1', 'NULL', '\N', 'a\b\t', '👩‍👩‍👧 loves it 🎉', 'עברית and العربية', E'\u200bzero width'])[1 + floor(18 * pg_temp.random(i, 82))::int],
  CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY['a.jpg', NULL, '', 'b "c", {d}.jpg'] END,
  timestamp '2025-03-01 00:00:00' + (2e7 * pg_temp.random(i, 83)) * interval '1 second'
FROM generate_series(1, pg_temp.share(0.05)) i;

INSERT INTO sessions
SELECT decode(md5('session' || i) || md5('token' || i), 'hex'), CASE WHEN i % 3 > 0 THEN 1 + i % pg_temp.share(0.10) END,
  ('192.168.' || i % 256 || '.' || (i / 256) % 256)::inet, 'Mozilla/5.0 (X11; Linux) Browser/' || i % 40,
  timestamptz '2026-01-01 00:00:00Z' + i * interval '37 seconds', make_interval(mins => (i % 600)::int)
FROM generate_series(1, pg_temp.share(0.04)) i;

INSERT INTO "Gift ""Cards"" 2026 🎁"
SELECT i, 5 * (1 + i % 20), CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN 'from grandma "Gerti"' END, CASE WHEN i % 2 = 0 THEN 'null'::jsonb END
FROM generate_series(1, pg_temp.share(0.005)) i;
