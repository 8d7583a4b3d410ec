import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataRows } from '../exporters/rowTesting.ts';
import { MessageFrames } from './messageFrames.ts';

function message(tag: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(tag), length, Buffer.from(body)]);
}

/** What the receiver got, adjacent rows joined: where reads end must make no difference. */
function framed(chunks: readonly Buffer[], lastTag = ''): { log: string[]; rows: number; rest: string } {
  const log: string[] = [];
  let rest = '';
  const frames = new MessageFrames({
    rows(buffer, start, end) {
      const bytes = buffer.toString('latin1', start, end);
      if (log.at(-1)?.startsWith('D')) log.push((log.pop() ?? '') + bytes);
      else log.push(bytes);
    },
    message(whole, behind) {
      log.push(whole.toString('latin1'));
      if (whole[0] !== lastTag.charCodeAt(0)) return true;
      rest = behind.toString('latin1');
      return false;
    },
  });
  for (const chunk of chunks) frames.push(chunk);
  return { log, rows: frames.rows, rest };
}

const stream = Buffer.concat([
  message('T', 'description'),
  dataRows(['a', null], ['', 'long '.repeat(3)]),
  message('N', ''),
  dataRows(['z', 'last']),
  message('C', 'SELECT 3'),
]);

test('messages split over two or three reads at any position are the same messages', () => {
  const whole = framed([stream]);
  assert.equal(whole.rows, 3);
  assert.equal(whole.log.join(''), stream.toString('latin1'));
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const parts = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      assert.deepEqual(framed(parts), whole, `split at ${first} and ${second}`);
    }
  }
});

test('messages that arrive byte by byte are the same messages', () => {
  const bytes = Array.from(stream, (_, index) => stream.subarray(index, index + 1));
  assert.deepEqual(framed(bytes), framed([stream]));
});

test('a row of many megabytes is put together from many reads', () => {
  const field = Buffer.alloc(20_000_000, 'x');
  const bytes = Buffer.concat([dataRows(['before']), dataRows([field]), dataRows(['behind'])]);
  const reads = [];
  for (let at = 0; at < bytes.length; at += 65_536) reads.push(bytes.subarray(at, at + 65_536));
  const { log, rows } = framed(reads);
  assert.equal(rows, 3);
  assert.ok(Buffer.from(log.join(''), 'latin1').equals(bytes));
});

test('what follows the last message is left to the receiver, also if that message came in two reads', () => {
  const end = Buffer.concat([message('Z', 'I'), message('A', 'later')]);
  for (let at = 0; at < 6; at++) {
    const { log, rest } = framed([end.subarray(0, at), end.subarray(at)], 'Z');
    assert.equal(log.join(''), message('Z', 'I').toString('latin1'));
    assert.equal(rest, message('A', 'later').toString('latin1'));
  }
});

test('bytes that are not the protocol are an error, not rows', () => {
  assert.throws(
    () => framed([Buffer.from('HTTP\xff\xff\xff', 'latin1'), Buffer.from('D\0\0\0\0')]),
    /protocol/,
  );
  assert.throws(() => framed([Buffer.from('D\0\0\0\u0003')]), /message of 3 bytes/);
});
