// Numbers and times as people read them. Rounding happens here and nowhere else: the API sends raw
// numbers, shares from 0 to 1, money in won, times with their zone. Times are shown in Korea's.

import { language } from "./language.js";

export const NONE = "–";
const MINUS = "\u2212";
const KOREA_MS = 9 * 3600 * 1000; // no daylight saving time

// Making a format takes far longer than using it, and thousands of cells are written at once.
const formats = [0, 1, 2].map(
  (places) =>
    new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }),
);
const grouped = (number, places = 0) => formats[places].format(number).replace("-", MINUS);

const known = (number) => typeof number === "number" && Number.isFinite(number);

/** Say `number` with its sign: +0.62, −1.00, 0.00; a sign only where digits are left after rounding. */
export function signed(number, places = 2) {
  const digits = grouped(Math.abs(number), places);
  if (!/[1-9]/.test(digits)) return digits;
  return (number < 0 ? MINUS : "+") + digits;
}

export const won = (price) => (known(price) ? grouped(Math.round(price)) : NONE);
export const plain = (number, places) => (known(number) ? grouped(number, places) : NONE);
// Rounded down: 79.96 is no 80.0, for grade S begins there.
export const score = (points) => plain(known(points) ? Math.floor(points * 10 + 1e-6) / 10 : null, 1);
export const change = (share) => (known(share) ? `${signed(share * 100)}%` : NONE);
export const percent = (share, places = 1) => (known(share) ? `${grouped(share * 100, places)}%` : NONE);
export const signedPercent = (share) => (known(share) ? `${signed(share * 100, 1)}%` : NONE);
export const multiple = (ratio, places = 1) => (known(ratio) ? signed(ratio, places) : NONE);

/** Say a traded value in the one unit of its column: 억 in Korean, bn in English. */
export function valueColumn(value) {
  if (!known(value)) return NONE;
  const korean = language() === "ko";
  const number = value / (korean ? 1e8 : 1e9);
  if (number >= 9.95) return grouped(number);
  return grouped(number, korean || number >= 0.995 ? 1 : 2);
}

/** Say money within a sentence: 2.33조, 420억, 6.1억, 8,219만; 2.33tn, 42bn, 610m. */
export function money(value) {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  const scaled = (unit, places, name) => grouped(value / unit, places) + name;
  if (language() === "ko") {
    if (size >= 1e12) return scaled(1e12, 2, "조");
    if (size >= 1e8) return scaled(1e8, size >= 1e9 ? 0 : 1, "억");
    return size >= 1e4 ? scaled(1e4, 0, "만") : scaled(1, 0, "");
  }
  if (size >= 1e12) return scaled(1e12, 2, "tn");
  if (size >= 1e9) return scaled(1e9, size >= 1e10 ? 0 : 1, "bn");
  return size >= 1e6 ? scaled(1e6, 0, "m") : scaled(1, 0, "");
}

/** Say a number of shares: 265만, 89.8만, 1.20억; 2.65M, 898K. */
export function volume(shares) {
  if (!known(shares)) return NONE;
  const [units, names] =
    language() === "ko"
      ? [
          [1e8, 1e4],
          ["억", "만"],
        ]
      : [
          [1e6, 1e3],
          ["M", "K"],
        ];
  const at = units.findIndex((unit) => shares >= unit);
  if (at < 0) return grouped(shares);
  const number = shares / units[at];
  const places = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return grouped(number, places) + names[at];
}

/** Split `seconds` into what `say("duration.…")` wants: the two largest units. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const unit = language() === "ko" ? ["시간", "분", "초", ""] : [" h", " min", " s", ""];
  if (hours) return `${hours}${unit[0]}${minutes ? ` ${minutes}${unit[1]}` : ""}`;
  if (minutes) return `${minutes}${unit[1]}${whole % 60 ? ` ${whole % 60}${unit[2]}` : ""}`;
  return `${whole}${unit[2]}`;
}

/** Say how long until something: 42:48 below an hour, 1:07:20 above, 2일/2 d above two days. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// --- times: milliseconds or ISO texts in, Korean time out ---

const WEEKDAYS = {
  ko: ["일", "월", "화", "수", "목", "금", "토"],
  en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const inKorea = (at) => new Date((typeof at === "number" ? at : Date.parse(at)) + KOREA_MS);

/** Return the day of a moment in Korea: 2025-01-31. */
export const dayOf = (at) => inKorea(at).toISOString().slice(0, 10);
export const clock = (at) => inKorea(at).toISOString().slice(11, 19);
export const hourMinute = (at) => inKorea(at).toISOString().slice(11, 16);

/** Say a moment as the clock on this wall shows it. */
export const local = (at) => localTimes[language()].format(at);
const localTimes = Object.fromEntries(
  ["ko", "en"].map((each) => [
    each,
    new Intl.DateTimeFormat(each, { dateStyle: "short", timeStyle: "medium" }),
  ]),
);

export const monthDay = (day) => `${day.slice(5, 7)}/${day.slice(8, 10)}`;

const parts = (day) => {
  const [year, month, date] = day.split("-").map(Number);
  return { month, date, weekday: new Date(Date.UTC(year, month - 1, date)).getUTCDay() };
};

/** Say a day in a line of its own: 1월 24일 (금), Fri 24 Jan. */
export function longDay(day) {
  const { month, date, weekday } = parts(day);
  const name = WEEKDAYS[language()][weekday];
  return language() === "ko" ? `${month}월 ${date}일 (${name})` : `${name} ${date} ${MONTHS[month - 1]}`;
}

/** Say a day within a sentence: 12월 3일, 3 Dec. */
export function dayInWords(day) {
  const { month, date } = parts(day);
  return language() === "ko" ? `${month}월 ${date}일` : `${date} ${MONTHS[month - 1]}`;
}

/** Say when: 15:10 today, else 2/3(월) 09:00, Mon 3 Feb 09:00. */
export function moment(at, now) {
  if (dayOf(at) === dayOf(now)) return hourMinute(at);
  const { month, date, weekday } = parts(dayOf(at));
  const name = WEEKDAYS[language()][weekday];
  const day = language() === "ko" ? `${month}/${date}(${name})` : `${name} ${date} ${MONTHS[month - 1]}`;
  return `${day} ${hourMinute(at)}`;
}
