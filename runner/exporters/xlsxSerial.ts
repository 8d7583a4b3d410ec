/** Days are counted from 1899-12-30; before 1900-03-01 Excel is wrong by a day, since it has a 29 February 1900. */
const firstDay = 61;
/** 9999-12-31. */
const lastDay = 2_958_465;
const daySeconds = 86_400;
/** The last moment that readers do not round up to the year 10000. */
const lastMicros = daySeconds * 1e6 - 1000;
/** Days from 1899-12-30 to 1970-01-01. */
const epoch = 25_569;

const dash = 0x2d;
const space = 0x20;
const colon = 0x3a;
const point = 0x2e;
const plus = 0x2b;
const letterC = 0x43;
const zero = 0x30;

/** A moment as Excel counts: days, and microseconds of the day. */
export interface Serial {
  days: number;
  micros: number;
}

function number(source: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let from = at; from < at + digits; from++) value = value * 10 + (source[from] as number) - zero;
  return value;
}

/** Days since 1899-12-30 of a date of the Gregorian calendar (Howard Hinnant's days_from_civil). */
function serialDay(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 + epoch;
}

/** Reads `2024-01-02`; false if Excel cannot hold it (before 1900-03-01, after 9999-12-31, BC, infinity). */
export function dateSerial(source: Buffer, start: number, end: number, serial: Serial): boolean {
  if (end - start !== 10 || source[start + 4] !== dash) return false;
  serial.days = serialDay(
    number(source, start, 4),
    number(source, start + 5, 2),
    number(source, start + 8, 2),
  );
  serial.micros = 0;
  return serial.days >= firstDay;
}

/** Reads `03:04:05.678901`; false for 24:00:00, which would show as 00:00:00. */
export function timeSerial(source: Buffer, start: number, end: number, serial: Serial): boolean {
  serial.days = 0;
  clock(source, start, end, serial);
  return serial.micros < daySeconds * 1e6;
}

/**
 * Reads `2024-01-02 03:04:05.678901` with or without an offset (`+05`, `+05:45`, `-00:25:21`); with one the result is in UTC. False
 * if Excel cannot hold it.
 */
export function timestampSerial(source: Buffer, start: number, end: number, serial: Serial): boolean {
  if (end - start < 19 || source[start + 4] !== dash || source[start + 10] !== space) return false;
  if (source[end - 1] === letterC) return false;
  const days = serialDay(
    number(source, start, 4),
    number(source, start + 5, 2),
    number(source, start + 8, 2),
  );
  const zone = clock(source, start + 11, end, serial);
  let seconds = 0;
  if (zone < end) {
    const sign = source[zone] === plus ? 1 : -1;
    seconds = number(source, zone + 1, 2) * 3600;
    if (source[zone + 3] === colon) seconds += number(source, zone + 4, 2) * 60;
    if (source[zone + 6] === colon) seconds += number(source, zone + 7, 2);
    seconds *= sign;
  }
  const micros = serial.micros - seconds * 1e6;
  const carry = Math.floor(micros / (daySeconds * 1e6));
  serial.days = days + carry;
  serial.micros = micros - carry * daySeconds * 1e6;
  if (serial.days === lastDay && serial.micros > lastMicros) serial.micros = lastMicros;
  return serial.days >= firstDay && serial.days <= lastDay;
}

/** Reads the time of day into `micros`; returns where it ends. */
function clock(source: Buffer, start: number, end: number, serial: Serial): number {
  const seconds =
    number(source, start, 2) * 3600 + number(source, start + 3, 2) * 60 + number(source, start + 6, 2);
  let at = start + 8;
  let micros = 0;
  if (at < end && source[at] === point) {
    let unit = 100_000;
    for (at++; at < end; at++) {
      const digit = (source[at] as number) - zero;
      if (digit < 0 || digit > 9) break;
      micros += digit * unit;
      unit /= 10;
    }
  }
  serial.micros = seconds * 1e6 + micros;
  return at;
}

function digits(value: number, count: number, target: Buffer, position: number): void {
  let rest = value;
  for (let at = position + count - 1; at >= position; at--) {
    const next = Math.floor(rest / 10);
    target[at] = zero + rest - next * 10;
    rest = next;
  }
}

/** Writes days and their fraction as a decimal number, exact to less than a microsecond. Returns the position after it. */
export function writeSerial({ days, micros }: Serial, target: Buffer, position: number): number {
  let count = 1;
  for (let power = 10; days >= power; power *= 10) count++;
  digits(days, count, target, position);
  let to = position + count;
  if (micros === 0) return to;
  const fraction = micros / (daySeconds * 1e6);
  target[to++] = point;
  // A microsecond is 1.16e-11 days. Groups of six digits fit in 32 bits, which is faster.
  const twelve = Math.floor(fraction * 1e12 + (days === 0 ? 0 : 0.5));
  const upper = Math.floor(twelve / 1e6);
  digits(upper, 6, target, to);
  digits(twelve - upper * 1e6, 6, target, to + 6);
  to += 12;
  if (days === 0) {
    // Without days in front a double holds more, and LibreOffice shows the second before if it gets less.
    digits(Math.min(Math.round(fraction * 1e15 - twelve * 1e3), 999), 3, target, to);
    to += 3;
  }
  while (target[to - 1] === zero) to--;
  return to;
}
