import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../crds/failureReason.ts';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { parsePickle } from './pickle.ts';
import { PickleClass, PickleObject } from './pickleValue.ts';
import { credentialPickles, googleAuthPickles, pickled, pythonPickles } from './pythonPickles.ts';

const install = 'apt-get install python3';

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

function assertRefused(pickle: Uint8Array, words: RegExp): void {
  assert.throws(
    () => parsePickle(pickle),
    (error) =>
      error instanceof BackupError && error.reason === 'CredentialsInvalid' && words.test(error.message),
  );
}

test('reads what Python pickles, in every protocol', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const expression = `{'text': u'caf\\u00e9 \\u20ac \\U0001f4be\\n\\\\u0041', 'none': None, 'yes': True, 'no': False,
    'ints': [0, -1, 255, 256, 65536, -2**31, 2**31, 2**53, -2**63, 2**100, -2**100],
    'floats': [0.5, -1e300, float('inf')], 'tuples': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    'bytes': b'\\x00\\xff\\n', 'empty bytes': b'', 'set': {1, 2}, 'frozen': frozenset(['a']), 'nested': {1: {2: []}},
    'long': 'x' * 300, 'many': list(range(3000))}`;
  for (const [protocol, pickle] of await pythonPickles(python, expression)) {
    const value = parsePickle(pickle);
    assert.deepEqual(
      value,
      new Map<string, unknown>([
        ['text', 'café € 💾\n\\u0041'],
        ['none', null],
        ['yes', true],
        ['no', false],
        [
          'ints',
          [0, -1, 255, 256, 65536, -(2 ** 31), 2 ** 31, 2n ** 53n, -(2n ** 63n), 2n ** 100n, -(2n ** 100n)],
        ],
        ['floats', [0.5, -1e300, Infinity]],
        ['tuples', [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
        ['bytes', Uint8Array.of(0, 255, 10)],
        ['empty bytes', new Uint8Array()],
        ['set', new Set([1, 2])],
        ['frozen', new Set(['a'])],
        ['nested', new Map([[1, new Map([[2, []]])]])],
        ['long', 'x'.repeat(300)],
        ['many', Array.from({ length: 3000 }, (_, index) => index)],
      ]),
      `protocol ${protocol}`,
    );
  }
});

test('shares and nests what Python shares and nests', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  for (const pickle of (await pythonPickles(python, 'loop', 'loop = []; loop.append(loop)')).values()) {
    const loop = parsePickle(pickle) as unknown[];
    assert.equal(loop[0], loop);
  }
});

test('keeps objects of any class as records', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  for (const [protocol, pickle] of await credentialPickles(python)) {
    const object = parsePickle(pickle);
    assert.ok(object instanceof PickleObject, `protocol ${protocol}`);
    assert.equal(object.class, 'google.oauth2.credentials.Credentials');
    const state = object.state as Map<string, unknown>;
    assert.equal(state.get('_refresh_token'), pickled.refreshToken);
    assert.deepEqual(state.get('_scopes'), pickled.scopes);
    const expiry = state.get('expiry') as PickleObject;
    assert.equal(expiry.class, 'datetime.datetime');
    assert.deepEqual(expiry.args, [Uint8Array.of(0x07, 0xea, 2, 10, 2, 0, 0, 0x01, 0xe2, 0x40)]);
  }
});

test("reads the pickles of google-auth's own class", async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const made = await googleAuthPickles(python);
  if (!made) return t.skip('google-auth is not installed: apt-get install python3-google-auth');
  assert.equal(made.size, 6);
  for (const [protocol, pickle] of made) {
    const object = parsePickle(pickle) as PickleObject;
    assert.equal(object.class, 'google.oauth2.credentials.Credentials', `protocol ${protocol}`);
    assert.equal((object.state as Map<string, unknown>).get('_client_secret'), pickled.clientSecret);
  }
});

test('reads what Python 2 wrote', () => {
  const old = parsePickle(bytes("(dp0\nS'a\\n\\'\\x41'\np1\nI01\nsS\"b\"\nL12L\nsV\\u20ac\nF0.5\ns."));
  assert.deepEqual(
    old,
    new Map<string, unknown>([
      ["a\n'A", true],
      ['b', 12],
      ['€', 0.5],
    ]),
  );
  const oldStyle = parsePickle(bytes("(i__main__\nThing\np0\n(dp1\nS'x'\nI1\nsb.")) as PickleObject;
  assert.equal(oldStyle.class, '__main__.Thing');
  assert.deepEqual(oldStyle.state, new Map([['x', 1]]));
});

test('never runs what a hostile pickle asks for', async (t) => {
  const python = requireProgram(t, 'python3', install);
  if (!python) return;
  const witness = join(await temporaryDirectory(t), 'witness');
  const definitions = `
import os
class Hostile(object):
    def __reduce__(self):
        return (os.system, ('touch ${witness}',))
`;
  const made = await pythonPickles(python, 'Hostile()', definitions);
  for (const pickle of made.values()) {
    const call = parsePickle(pickle) as PickleObject;
    assert.equal(call.class.replace('nt', 'posix'), 'posix.system');
    assert.deepEqual(call.args, [`touch ${witness}`]);
  }
  assert.equal(made.size, 6);
  assert.equal(existsSync(witness), false);
});

test('refuses a call whose target is itself the result of a call', () => {
  const getattr = 'cbuiltins\ngetattr\n(cos\npath\nVsystem\ntR(Vid\ntR.';
  assertRefused(bytes(getattr), /a call of something that is no class/);
});

test('a class alone stays a name', () => {
  const type = parsePickle(bytes('cos\nsystem\n.'));
  assert.ok(type instanceof PickleClass);
  assert.equal(type.class, 'os.system');
});

const broken: [string, string, RegExp][] = [
  ['an empty file', '', /ends where 1 more bytes/],
  ['no end', 'N', /ends where/],
  ['an unknown opcode', '\xfe.', /opcode 0xfe/],
  ['a persistent ID', 'Pfile\n.', /opcode 0x50/],
  ['the extension registry', '\x82\x01.', /opcode 0x82/],
  ['an out-of-band buffer', '\x97.', /opcode 0x97/],
  ['protocol 6', '\x80\x06N.', /newer than 5/],
  ['an unknown memo entry', 'h\x05.', /unknown memo entry/],
  ['a memo index in words', 'gfive\n.', /no number/],
  ['nothing to remember', 'q\x00.', /empty stack/],
  ['nothing to give', '.', /empty stack/],
  ['a missing mark', 'Nt.', /missing mark/],
  ['a text of four gigabytes', 'X\xff\xff\xff\xffabc.', /4294967295 more bytes/],
  ['a text of sixteen exabytes', '\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.', /more bytes/],
  ['a text of negative length', 'T\xff\xff\xff\xffabc.', /more bytes/],
  ['a frame beyond the end', '\x95\xff\x00\x00\x00\x00\x00\x00\x00N.', /255 more bytes/],
  ['an integer of four gigabytes', '\x8b\xff\xff\xff\x7f.', /too large/],
  ['an integer of ten thousand digits', `L${'9'.repeat(10_000)}L\n.`, /no integer/],
  ['an integer in words', 'Ione\n.', /no integer/],
  ['a number in words', 'Fone\n.', /no floating-point/],
  ['a string without quotes', 'Sabc\n.', /no quoted string/],
  ['broken UTF-8', 'X\x01\x00\x00\x00\xff.', /not UTF-8/],
  ['a key without a value', '}(Nu.', /key without a value/],
  ['keys for a list', '](NNu.', /no dict/],
  ['an append to a dict', '}Na.', /no list/],
  ['an addition to a list', '](N\x90.', /no set/],
  ['a state for a list', ']}b.', /no object/],
  ['a call of a text', 'Vos.system\n(tR.', /no class/],
  ['a call without arguments', 'cos\nsystem\nNR.', /without arguments/],
  ['a class of a number', 'NN\x93.', /without a name/],
  ['deep lists', `${']'.repeat(5000)}${'a'.repeat(4999)}.`, /nesting deeper/],
  ['deep tuples', `N${'\x85'.repeat(5000)}.`, /nesting deeper/],
  ['deep marks', `${'('.repeat(5000)}.`, /nesting deeper/],
  ['two megabytes', 'N'.repeat(2 << 20), /more than 1 MiB/],
];

for (const [what, pickle, words] of broken) {
  test(`refuses ${what} with one sentence`, () => assertRefused(bytes(pickle), words));
}

test('a tuple of hundreds of thousands of values is no trouble', () => {
  assert.equal((parsePickle(bytes(`](${'N'.repeat(500_000)}e.`)) as unknown[]).length, 500_000);
});

test('gives a value or a CredentialsInvalid for every sequence of bytes', () => {
  // Opcodes that are likely to fit together, so that more than the first step is tried.
  const opcode = fc.constantFrom(
    ...'(.0124NKM)]}aesutldbRoqhjr\x80\x81\x85\x86\x87\x88\x8f\x90\x91\x92\x93\x94',
  );
  const text = fc.array(fc.oneof(opcode, fc.constantFrom('ca\nb\n', 'Vx\n', 'I1\n', 'K\x01', '\x8c\x01a')), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        text.map((parts) => bytes(`${parts.join('')}.`)),
        fc.uint8Array({ maxLength: 80 }),
      ),
      (pickle) => {
        try {
          parsePickle(pickle);
        } catch (error) {
          assert.ok(error instanceof BackupError && error.reason === 'CredentialsInvalid', String(error));
        }
      },
    ),
    { numRuns: 5000 },
  );
});
