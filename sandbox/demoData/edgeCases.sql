-- Every type: a row of NULLs, rows of extremes, then rows that vary.
INSERT INTO every_type DEFAULT VALUES;

INSERT INTO every_type (a_smallint, an_integer, a_bigint, a_numeric, a_fixed, a_real, a_double, some_money, a_text, a_varchar, a_char, a_byte,
  a_name, a_boolean, a_bytea, a_date, a_time, a_timetz, a_timestamp, a_timestamptz, an_interval, a_uuid, an_inet, a_cidr, a_macaddr, a_bit,
  a_varbit, a_json, a_jsonb, an_xml, a_tsvector, a_tsquery, a_point, a_line, an_lseg, a_box, a_path, a_polygon, a_circle, an_int4range,
  a_numrange, a_tstzrange, a_multirange, an_array, a_matrix, a_composite, some_composites, an_enum, some_enums, a_domain, an_oid, an_lsn)
VALUES
(-32768, -2147483648, -9223372036854775808, 'NaN', -9999999999999999.9999, 'NaN', 'Infinity', '-$92,233,720,368,547,758.08', '', '', '', '',
  '', false, '', '-infinity', '00:00:00', '00:00:00+15:59', '4713-01-01 00:00:00 BC', '-infinity', '-178000000 years', '00000000-0000-0000-0000-000000000000',
  '0.0.0.0/0', '::/0', '00:00:00:00:00:00', B'00000000', B'', 'null', 'null', '', '', '', '(0,0)', '{1,-1,0}', '[(0,0),(0,0)]',
  '(0,0),(0,0)', '[(0,0)]', '((0,0))', '<(0,0),0>', 'empty', 'empty', '(,)', '{}', '{}', '{}', ROW(NULL, NULL), '{}', 'new', '{}', 'a@b', 0, '0/0'),
(32767, 2147483647, 9223372036854775807, 'Infinity', 1.5000, 3.4028235e38, 1.7976931348623157e308, '$92,233,720,368,547,758.07', '\.', 'x,y', 'é', 'x',
  'a name', true, '\x00ff0a0d225c2e', 'infinity', '24:00:00', '23:59:59.999999-15:59', '294276-12-31 23:59:59.999999', 'infinity',
  '1 year 2 mons -3 days +04:05:06.000007', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '255.255.255.255', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff',
  B'11111111', B'101', E'{"a": 1,\n\t"a": 2.50, "big": 123456789012345678901234567890}', '{"b": [1.10, null, "\u2028 \"q\" \\"], "": {}}',
  '<a b="c">text &lt; &#x1F389;<!-- x --></a>', 'fat:1A cat:3 ''quo''''ted'':2', '!cat & (fat | ''a b'':*B)', '(-1.5,1e300)', '{0,1,-2}',
  '[(1,2),(3,4)]', '(3,4),(1,2)', '((1,1),(2,2))', '((0,0),(1,0),(1,1))', '<(1,2),3.5>', '[1,2147483647)', '(-Infinity,1.50]',
  '["2026-01-01 00:00:00+00",infinity]', '{[2026-01-01,2026-02-01),[2026-03-01,)}',
  ARRAY['', NULL, 'NULL', 'null', 'a "b"', 'back\slash', '{x,y}', E'line\nbreak', ' ', '🎉'], '{{1,2},{NULL,-4}}', ROW(1.500, 'kg, "net"'),
  ARRAY[ROW(1, 'a')::measure, NULL, ROW(NULL, '')::measure], 'on hold, "later"', ARRAY['new', NULL, 'on hold, "later"']::order_status[],
  '"o''dd"@example.com', 4294967295, 'FFFFFFFF/FFFFFFFF'),
(0, 0, 9007199254740993, 1234567890123456789012345678901234567890.12345678901234567890, 0, '-0', '-0', '$0.00', E'quote " comma , CR\rLF\nCRLF\r\ntab\tend ',
  '=cmd()', 'a b', '"', 'select', NULL, '\x5c2e', '0044-03-15 BC', '12:34:56.7', '12:34:56.789+05:30', '0001-12-31 23:59:59 BC', '0044-03-15 12:00:00+00 BC',
  '00:00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '::ffff:1.2.3.4', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101010', B'000000000000', '"text"', '"text"',
  'plain text', 'a', 'a <-> b', '(NaN,Infinity)', '{1,0,0}', '[(-1,-1),(1e-7,0)]', '(1,1),(-1,-1)', '[(1,2),(3,4),(5,6)]', '((0,0),(0,1))',
  '<(0,0),1e-7>', '(,5)', '[0.00,1.10)', '(infinity,)', '{(,)}', '[5:6]={"lower bound five",NULL}', '[-1:0]={1,2}', ROW('NaN', ''), NULL, 'sent', '{}',
  'a@b', 1, '16/B374D848'),
(1, 1, 1, -0.00, -0.0001, 1e-45, 5e-324, '$0.01', E'\\', 'a''b', '     ', E'\\101', 'UPPER', true, '\xdeadbeef', '1900-02-28', '23:59:59.999999', '00:00:00Z',
  '1900-02-28 23:59:59.999999', '1899-12-31 00:00:00+00', '-00:00:00.000001', md5('x')::uuid, '10.1.2.3/8', '0.0.0.0/0', '01:02:03:04:05:06', B'00000001', B'1',
  '[]', '[]', NULL, 'x:1', 'x', '(1e-7,123456789.123456)', '{3,4,5}', '[(0,0),(1,1)]', '(2,2),(1,1)', '((0,0),(1,0),(0,1))', '((1,2),(3,4),(5,6),(7,8))',
  '<(5,5),5>', '[3,3]', '[NaN,NaN]', '[-infinity,infinity]', '{[0044-01-01 BC,0001-01-01)}', ARRAY[[['a', 'b']], [['c', NULL]]], '{{{1}}}', ROW(0.0, NULL),
  ARRAY[ROW(-1.0, E'\n"\\,()')::measure], 'paid', ARRAY['returned']::order_status[], 'ü@ö.de', 2, '0/1');

INSERT INTO every_type (a_text, a_varchar, an_array)
SELECT text, left(text, 40), ARRAY[text, NULL]
FROM (VALUES ('\N'), ('NULL'), ('\\.'), (' '), (E'\n'), (E'\r'), (E'\r\n'), ('"'), ('""'), (''''), (','), (';'), ('_x000D_'), ('_x'), ('-1'), ('+1'), ('@x'),
  ('<&>]]>'), (E'\x01\x1f\x7f'), (E'\uFEFF'), (E'\uFFFE\uFFFF'), ('👨‍👩‍👧‍👦 ünïcödé 漢字 ' || U&'\2028'), (repeat('long ', 8000))) AS v (text);

INSERT INTO every_type (a_smallint, an_integer, a_bigint, a_numeric, a_fixed, a_real, a_double, some_money, a_text, a_boolean, a_bytea, a_date, a_time,
  a_timestamp, a_timestamptz, an_interval, a_uuid, a_json, a_jsonb, an_int4range, an_array, a_matrix, a_composite, an_enum)
SELECT i % 32768, i * 7919, 9007199254740992 + i, round((1e6 * (pg_temp.random(i, 90) - 0.5))::numeric, (i % 12)::int), round((1e9 * pg_temp.random(i, 91))::numeric, 4),
  pg_temp.random(i, 92)::real, 1e10 * (pg_temp.random(i, 93) - 0.5), (i * 0.01)::numeric::money, CASE WHEN i % 5 > 0 THEN 'row ' || i END, i % 2 = 0,
  decode(md5(i::text), 'hex'), date '1890-01-01' + (i * 17)::int, time '00:00' + i * interval '61.5 seconds', timestamp '1890-01-01' + i * interval '17 days 1.000001 seconds',
  timestamptz '1970-01-01 00:00:00Z' + i * interval '11 hours', (i - 500) * interval '1 day 1.5 seconds', md5('type' || i)::uuid,
  json_build_object('i', i, 'r', round(pg_temp.random(i, 94)::numeric, 5)), jsonb_build_array(i, NULL, i::text), int4range(i::int, (i + i % 4)::int),
  ARRAY[i::text, NULL, '"' || i || '"'], ARRAY[[i, -i], [NULL, 0]]::int[], ROW(i * 0.10, NULL)::measure, (enum_range(NULL::order_status))[1 + i % 5]
FROM generate_series(1::bigint, GREATEST(1, pg_temp.share(0.004))) i;
