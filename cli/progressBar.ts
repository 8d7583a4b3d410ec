import { countInWords, sizeInWords } from '../crds/inWords.ts';
import type { RunProgress } from '../runner/progress.ts';
import type { IO } from './io.ts';

const width = 24;

/** Shows how far a run is until it is disposed: a bar on a terminal, elsewhere a line every half minute. */
export function showProgress(progress: RunProgress, stream: IO['stderr']): Disposable {
  const terminal = stream.isTTY === true;
  const timer = setInterval(
    () => {
      const line = progressLine(progress, terminal);
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

/** `[██████░░░░] 61 %  export  table orders (3 of 10)  183,000 rows  24.1 MB`. */
export function progressLine(progress: RunProgress, withBar: boolean): string {
  const { stage, table, tables, tablesDone, rows, estimatedRows, bytes } = progress;
  const parts = [stage];
  if (stage === 'export') {
    if (tablesDone < tables) parts.push(`table ${table} (${tablesDone + 1} of ${tables})`);
    parts.push(`${countInWords(rows)} rows`, sizeInWords(bytes));
    // Statistics may lag behind the table: the bar stops short of the end until it is there.
    const part = estimatedRows > 0 ? Math.min(rows / estimatedRows, 0.99) : 0;
    if (withBar && part > 0) {
      const full = Math.round(part * width);
      parts.unshift(`[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${Math.floor(part * 100)} %`);
    }
  }
  return parts.join('  ');
}
