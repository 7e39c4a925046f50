/*
 * Names of the months as the locales of glibc abbreviate them, without the full stop, and the genitives of the locales that do not
 * abbreviate. Names that two languages give to different months (`lip`, `lis`, `srp`) are not here.
 */
const NAMES: readonly (readonly string[])[] = [
  ['jan', 'jän', 'janv', 'ene', 'gen', 'sty', 'янв', 'січ', 'oca', 'ledna'],
  ['feb', 'fev', 'févr', 'lut', 'фев', 'лют', 'şub', 'února'],
  ['mar', 'mär', 'mars', 'mrt', 'мар', 'бер', 'března'],
  ['apr', 'abr', 'avr', 'avril', 'kwi', 'апр', 'кві', 'nis', 'dubna'],
  ['may', 'mai', 'mag', 'mei', 'maj', 'мая', 'май', 'тра', 'května'],
  ['jun', 'juni', 'juin', 'giu', 'cze', 'июн', 'чер', 'haz', 'června'],
  ['jul', 'juli', 'juil', 'lug', 'июл', 'лип', 'tem', 'července'],
  ['aug', 'ago', 'août', 'sie', 'авг', 'сер', 'ağu', 'srpna'],
  ['sep', 'sept', 'set', 'wrz', 'сен', 'вер', 'eyl', 'září'],
  ['oct', 'okt', 'out', 'ott', 'paź', 'окт', 'жов', 'eki', 'října'],
  ['nov', 'ноя', 'лис', 'kas', 'listopadu'],
  ['dec', 'dez', 'déc', 'dic', 'gru', 'дек', 'гру', 'ara', 'prosince'],
];

const MONTH_OF: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, month) => names.map((name) => [name, month + 1] as const)),
);

/** 1 to 12 for the name of a month in one of the languages. */
export const monthNamed = (name: string): number | undefined =>
  MONTH_OF.get(name.normalize('NFC').toLowerCase().replace(/\.$/, ''));

/** Date and time as a locale prints them. */
export interface Written {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly clock: string;
  readonly zone?: string;
}

const WEEKDAY = '\\p{L}{2,12}\\.?,?';
const CLOCK = '(\\d{2}:\\d{2}:\\d{2})';
const ZONE = '(?: ([A-Z]{1,5}|[+-]\\d{2}(?:\\d{2})?))?';
/** `Do 23. Jan 17:26:05 CET 2020`, `jeu. 23 janv. 2020 17:26:05 CET`, `čt 23. ledna 2020, 17:26:05 CET` */
const NAMED = new RegExp(
  `^${WEEKDAY} +(\\d{1,2})\\.? (\\p{L}{3,9}\\.?)(?: (\\d{4}),?)? ${CLOCK}${ZONE}(?: (\\d{4}))?$`,
  'u',
);
/** `2020年 01月 23日 星期四 17:26:05 CST`, `2020年 1月 23日 木曜日 17時26分05秒 JST`, `2020. 01. 23. (목) 17:26:05 KST` */
const NUMBERED =
  /^(\d{4})(?:年|년|\.) ?(\d{1,2})(?:月|월|\.) ?(\d{1,2})(?:日|일|\.) ?(?:\p{L}{1,3}|\(\p{L}\)) (\d{2})(?::|[时時시] ?)(\d{2})(?::|[分분] ?)(\d{2})[秒초]?(?: ([A-Z]{1,5}))?$/u;

/** What `date` prints in other languages than English, and in the English of other countries than the USA. */
export function writtenIn(text: string): Written | undefined {
  const named = NAMED.exec(text);
  if (named) {
    const [, day = '', name = '', before, clock = '', zone, behind] = named;
    const month = monthNamed(name);
    const year = before ?? behind;
    if (month === undefined || year === undefined || (before !== undefined && behind !== undefined)) return undefined;
    return { year, month: String(month), day, clock, ...(zone !== undefined && { zone }) };
  }
  const numbered = NUMBERED.exec(text);
  if (!numbered) return undefined;
  const [, year = '', month = '', day = '', h = '', m = '', s = '', zone] = numbered;
  return { year, month, day, clock: `${h}:${m}:${s}`, ...(zone !== undefined && { zone }) };
}
