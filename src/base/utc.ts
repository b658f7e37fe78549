/** Moments as people read them, always in UTC. */

/** `2026-02-23 15:29`. */
export function utc(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  const minutes = Math.floor((seconds - day * 86_400) / 60);
  return `${dayText(day)} ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

const twoDigits = (n: number) => (n < 10 ? `0${n}` : `${n}`);

/** Lists of mails hold few days, and many lines. */
const days = new Map<number, string>();

function dayText(day: number): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
  if (days.size > 10_000) days.clear();
  days.set(day, text);
  return text;
}
