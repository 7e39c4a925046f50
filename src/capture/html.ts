/** Characters that pages write as names (HTML, named character references), of those that terminals print. */
const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '\u2013',
  mdash: '\u2014',
  lsquo: '\u2018',
  rsquo: '\u2019',
  ldquo: '\u201c',
  rdquo: '\u201d',
  hellip: '\u2026',
  rarr: '\u2192',
  bull: '\u2022',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  zwnj: '',
  zwj: '',
  shy: '',
};

const ENTITY = /&(?:([a-z]{2,6})|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;

function character(code: number): string {
  if (code === 160) return ' ';
  return code < 32 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? ' ' : String.fromCodePoint(code);
}

/** `&lt;BROADCAST&gt;` to `<BROADCAST>`; what is no reference stays. */
export function withoutEntities(line: string): string {
  if (!line.includes('&')) return line;
  const once = line.replace(
    ENTITY,
    (all, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? all;
      return character(decimal === undefined ? Number.parseInt(hex ?? '20', 16) : Number(decimal));
    },
  );
  // Escaped twice, as feeds and wikis do.
  return /&(?:lt|gt|quot|amp|nbsp);/.test(once) && /&amp;(?:lt|gt|quot|amp|nbsp|#)/.test(line)
    ? withoutEntities(once)
    : once;
}

/** Elements that colour, break and group text. `<none>`, `<BROADCAST>` and `<host ip>` are none of them. */
const TAG =
  /<\/?(?:span|br|b|i|em|strong|font|code|p|div|a|tt|kbd|samp|var|mark|small|u|s|del|ins|li|ul|ol|dl|dt|dd|td|tr|th|table|tbody|thead|h[1-6]|details|summary|blockquote|section|article|img|hr|html|body|head|main|nav|header|footer|button|svg|path|label|input|form|figure|meta|link|title|center|sup|sub)(?:\s[^<>]{0,2000})?\s?\/?>/gi;

export const withoutTags = (line: string): string => (line.includes('<') ? line.replace(TAG, '') : line);

/** A line as the page shows it; `markedUp`: its tags are those of a page. */
export const withoutHtml = (line: string, markedUp: boolean): string =>
  withoutEntities(markedUp ? withoutTags(line) : line);

/** Elements whose content no page shows. */
const HIDDEN = /<(script|style|svg|noscript|template)\b|<!--/gi;
const START =
  /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!doctype html|<html[\s>]|<!--[^>]{0,300}-->\s*<(?:!doctype html|html))/i;

/** Is the text a saved page? Its beginning says so. */
export const isPage = (head: string): boolean => START.test(head);

/** Line ends stay, and what opens and never closes stays as it is. */
function withoutHidden(page: string): string {
  const lower = page.toLowerCase();
  const endless = new Set<string>();
  let out = '';
  let at = 0;
  for (const found of page.matchAll(HIDDEN)) {
    const from = found.index;
    const close = found[1] === undefined ? '-->' : `</${found[1].toLowerCase()}`;
    if (from < at || endless.has(close)) continue;
    const end = lower.indexOf(close, from);
    if (end === -1) {
      endless.add(close);
      continue;
    }
    const behind = close === '-->' ? end + 3 : lower.indexOf('>', end) + 1 || page.length;
    out += page.slice(at, from) + '\n'.repeat(page.slice(from, behind).split('\n').length - 1);
    at = behind;
  }
  return out + page.slice(at);
}

/**
 * A saved page as lines: elements that break a line do so, scripts and styles are gone, `<pre>` stays, for it is a fence. Line ends are kept
 * where the page has them, so that lines keep their numbers as far as a page has lines.
 */
export function pageText(page: string): string {
  return withoutHidden(page)
    .replace(/<(?:!doctype|\?xml)[^>]{0,500}>/gi, '')
    .replace(/<br\s*\/?>(?!\r?\n)|<\/(?:p|div|li|tr|h[1-6]|dt|dd|pre|table|blockquote)>(?!\s*<\/|\r?\n|$)/gi, (t) =>
      t.toLowerCase() === '</pre>' ? `${t}\n` : '\n',
    )
    .replace(/<\/t[dh]>\s*<t[dh]\b[^>]{0,300}>/gi, ' ')
    .split('\n')
    .map((line) => (/<\/?pre\b/i.test(line) ? withoutTags(line) : withoutEntities(withoutTags(line))))
    .join('\n');
}
