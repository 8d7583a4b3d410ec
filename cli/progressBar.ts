import { countInWords, durationInWords, onOneLine, sizeInWords } from '../crds/inWords.ts';
import type { RunProgress } from '../runner/progress.ts';
import type { IO } from './io.ts';

const width = 24;

/** Shows how far a run or a restore is until it is disposed: a bar on a terminal, elsewhere a line every half minute. */
export function showProgress(progress: RunProgress, stream: IO['stderr']): Disposable {
  const terminal = stream.isTTY === true;
  let firstByte: number | undefined;
  const timer = setInterval(
    () => {
      if (progress.bytes > 0) firstByte ??= performance.now();
      const seconds = firstByte === undefined ? 0 : (performance.now() - firstByte) / 1000;
      const line = progressLine(progress, terminal, seconds);
      stream.write(terminal ? `\r\x1b[2K${line.slice(0, (stream.columns ?? 80) - 1)}` : `${line}\n`);
    },
    terminal ? 100 : 30_000,
  );
  timer.unref();
  let shown = true;
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      if (terminal && shown) stream.write('\r\x1b[2K');
      shown = false;
    },
  };
}

/** `[██████░░░░] 61 %  export  table orders (3 of 10)  183,000 rows  24.1 MB`; `seconds` since the first byte. */
export function progressLine(progress: RunProgress, withBar: boolean, seconds = 0): string {
  const { stage, table, tables, tablesDone, rows, estimatedRows, bytes, expectedBytes } = progress;
  const parts = [stage];
  let part = 0;
  if (stage === 'export') {
    if (tablesDone < tables) parts.push(`table ${table} (${tablesDone + 1} of ${tables})`);
    parts.push(`${countInWords(rows)} rows`, sizeInWords(bytes));
    // Statistics may lag behind the table: the bar stops short of the end until it is there.
    part = estimatedRows > 0 ? Math.min(rows / estimatedRows, 0.99) : 0;
  } else if (stage === 'restore' && expectedBytes > 0) {
    // What has been read is not written yet, and indexes come after it.
    part = Math.min(bytes / expectedBytes, 0.99);
    parts.push(`table ${onOneLine(table, 60)}`, `${sizeInWords(bytes)} of ${sizeInWords(expectedBytes)}`);
    if (seconds >= 2 && part > 0) parts.push(`${durationInWords((seconds * (1 - part)) / part)} left`);
  }
  if (withBar && part > 0) {
    const full = Math.round(part * width);
    parts.unshift(`[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${Math.floor(part * 100)} %`);
  }
  return parts.join('  ');
}
