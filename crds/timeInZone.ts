import { civilTime } from './schedule/civilTime.ts';
import { zone } from './schedule/zone.ts';

const two = (value: number) => String(value).padStart(2, '0');

/** A time for people, in a time zone: `2026-02-11 02:00 +01:00`; seconds only where they are not 0. */
export function timeInZone(date: Date, timeZone: string): string {
  const time = Math.floor(date.getTime() / 1000);
  const { offset } = zone(timeZone).period(time);
  const minutes = Math.abs(Math.round(offset / 60));
  return `${wallText(time + offset)} ${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** What a wall shows at so many seconds since 1970 of its own time: `2026-02-11 02:00`. */
export function wallText(local: number): string {
  const { year, month, day, hour, minute, second } = civilTime(local);
  const seconds = second === 0 ? '' : `:${two(second)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}${seconds}`;
}
