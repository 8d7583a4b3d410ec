/**
 * The common part of a set's file names, `backup_20260210_020000`: the time of the snapshot in the zone of the
 * spec. If a file of that set is there already, `-2`, `-3` and so on is added: nothing is ever overwritten.
 */
export function setName(prefix: string, time: Date, timeZone: string, takenNames: Iterable<string>): string {
  const base = `${prefix}_${stamp(time, timeZone)}`;
  const taken = [...takenNames];
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.some((file) => file.startsWith(`${name}.`))) return name;
  }
}

/** `20260210_020000`. */
function stamp(time: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${parts.year?.padStart(4, '0')}${parts.month}${parts.day}_${parts.hour}${parts.minute}${parts.second}`;
}
