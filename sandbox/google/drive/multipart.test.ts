import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multipartBoundary, readMultipart } from './multipart.ts';

const content = '1\r\n--x\r\n--boundar\r\n\r\n2';
const body = Buffer.from(
  [
    'preamble, to be passed over\r\n--boundary\r\nContent-Type: application/json\r\n\r\n{}',
    `\r\n--boundary\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: binary\r\n\r\n${content}`,
    '\r\n--boundary--\r\nepilogue',
  ].join(''),
);

async function partsOf(pieces: Iterable<Buffer>): Promise<{ type: string | undefined; text: string }[]> {
  const parts: { type: string | undefined; text: string }[] = [];
  async function* stream() {
    yield* pieces;
  }
  await readMultipart(stream(), 'boundary', {
    begin: (headers) => {
      parts.push({ type: headers.get('content-type'), text: '' });
    },
    data: (bytes) => {
      const last = parts.at(-1);
      if (last) last.text += bytes.toString('latin1');
    },
  });
  return parts;
}

const expected = [
  { type: 'application/json', text: '{}' },
  { type: 'text/csv', text: content },
];

test('a body is read the same wherever it is cut', async () => {
  for (let size = 1; size <= body.length; size++) {
    const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
      body.subarray(index * size, (index + 1) * size),
    );
    assert.deepEqual(await partsOf(pieces), expected, `pieces of ${size}`);
  }
});

test('a body that ends early is refused, wherever it ends', async () => {
  const end = body.indexOf('--boundary--') + '--boundary--'.length;
  for (let length = 0; length < end; length++)
    await assert.rejects(partsOf([body.subarray(0, length)]), /Malformed multipart body/, String(length));
  assert.deepEqual(await partsOf([body.subarray(0, end)]), expected);
});

test('the boundary stands in the content type, quoted or not', () => {
  assert.equal(multipartBoundary('multipart/related; boundary=a-b'), 'a-b');
  assert.equal(multipartBoundary('Multipart/Related; type="x/y"; boundary="a b"'), 'a b');
  for (const wrong of [undefined, 'multipart/form-data; boundary=a', 'multipart/related'])
    assert.throws(() => multipartBoundary(wrong), /boundary/);
});
