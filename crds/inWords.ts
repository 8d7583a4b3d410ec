/** Bytes in binary units, those of Drive's quotas and of Kubernetes: `512 B`, `12.3 MiB`, `15 GiB`. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1).replace(/\.0$/, '')} ${units[unit]}`;
}

/** A number with separators: `300,123`. */
export function countInWords(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number with its noun: `1 table`, `12 tables`. */
export function countOf(count: number, noun: string): string {
  return `${countInWords(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Seconds as `0.4 s`, `12 s`, `1 min 12 s`, `2 h 5 min`. */
export function durationInWords(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${countInWords(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** An RFC 3339 time in a zone: `Tue, 10 Feb 2026, 02:00:03`. */
export function timeInWords(time: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
  });
  return format.format(new Date(time));
}

/**
 * A name or sentence on one line. Control characters and those that turn the direction of what follows show
 * as U+FFFD, so that no name can forge another line or another word of the report.
 */
export function onOneLine(text: string, limit = 1000): string {
  const line = text
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .toWellFormed()
    .trim();
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line;
}
