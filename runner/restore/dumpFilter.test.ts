import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dumpFilter } from './dumpFilter.ts';
import { schemaParts } from './schemaParts.ts';

/** As pg_dump 17 writes it, with rows and a function that look like what is taken out. */
const dump = `--
-- PostgreSQL database dump
--

\\restrict token

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';

--
-- Name: f(); Type: PROCEDURE; Schema: public; Owner: ann
--

CREATE PROCEDURE public.f() LANGUAGE plpgsql AS $$
BEGIN
SET transaction_timeout = 0;
COMMIT;
-- COPY public.fake (a) FROM stdin;
END $$;

--
-- Data for Name: notes; Type: TABLE DATA; Schema: public; Owner: ann
--

COPY public.notes (id, "a line") FROM stdin;
1\tBEGIN;
2\t\\\\.
COMMIT;
SET transaction_timeout = 0;
\\.


--
-- Data for Name: empty; Type: TABLE DATA; Schema: public; Owner: ann
--

COPY public.empty (id) FROM stdin;
\\.


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16386', 131072);
SELECT pg_catalog.lowrite(0, '\\x424547494e3b');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Data for Name: ${'long '.repeat(20)}; Type: TABLE DATA; Schema: public; Owner: ann
--

COPY public.long (id) FROM stdin;
BEGIN;
\\.


--
-- Name: notes notes_pkey; Type: CONSTRAINT; Schema: public; Owner: ann
--

ALTER TABLE ONLY public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

\\unrestrict token
`;

async function filtered(serverVersion: number, size: number): Promise<{ text: string; tables: string[] }> {
  const bytes = Buffer.from(dump);
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
  };
  const tables: string[] = [];
  const onTable = (name: string) => void tables.push(name);
  const parts: Buffer[] = [];
  for await (const part of dumpFilter(pieces(), { serverVersion, onTable })) parts.push(Buffer.from(part));
  return { text: Buffer.concat(parts).toString(), tables };
}

test('a dump becomes part of a transaction, wherever it is cut into pieces', async () => {
  const expected = dump
    .replace('SET transaction_timeout = 0;\n', '')
    .replace(/BEGIN;\n(\nSELECT[\s\S]*?)COMMIT;\n/, '$1');
  for (let size = 1; size < 200; size++) {
    const { text, tables } = await filtered(150018, size);
    assert.equal(text, expected, `pieces of ${size} bytes`);
    assert.deepEqual(tables, ['public.notes', 'public.empty', 'public.long']);
  }
  assert.equal((await filtered(150018, dump.length)).text, expected);
});

test('a server that knows the setting gets it', async () => {
  const { text } = await filtered(170006, 50);
  assert.match(text, /statement_timeout = 0;\nSET transaction_timeout = 0;\nSET client/);
});

test('a schema is cut where its constraints begin, without what is for psql', () => {
  const schema = dump.replace(/^COPY [\s\S]*?^\\\.\n/gm, '').replace(/^--\n-- Data for[^\n]*\n--\n/gm, '');
  const { before, after } = schemaParts(schema, 150018);
  assert.match(after, /^--\n-- Name: notes notes_pkey; Type: CONSTRAINT;/);
  assert.doesNotMatch(before + after, /\\(un)?restrict/);
  assert.equal(before.match(/transaction_timeout/g)?.length, 1, 'that of the procedure');
  const whole = schemaParts(schema, 180001);
  assert.equal(whole.before.match(/transaction_timeout/g)?.length, 2);
  assert.deepEqual(schemaParts('CREATE TABLE a ();\n', 150000), {
    before: 'CREATE TABLE a ();\n',
    after: '',
  });
});
