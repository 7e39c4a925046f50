/*
 * What people write between the outputs that they paste. Nothing is lost by it, and it is part of no output; only lines that no parser
 * understood are asked.
 */

/** Written by the site, the mail program or the author to tell who speaks, or in the markup of headings, links and pictures. */
const MARKUP =
  /^\s*(?:#{1,6} +[A-Z\p{L}].*|\*\*[^*]{1,200}\*\*:?.*|!?\[[^\]]{0,200}\]\(.*|https?:\/\/\S+|@[\w-]{1,40}(?: .*)?|<\/?(?:details|summary|img|br|p|hr)\b.*|[-*_]{3,})$/u;
const SPEAKER =
  /^\S.{0,80}\b(?:wrote|writes|schrieb|a écrit|escribió)\s?:$|^[\w-]{1,40} (?:commented|opened|added)\b|^\S{1,40} · /;
/** Scripts in which no tool of the field prints; two letters of them are no name. */
const OTHER_SCRIPT = /[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}/;
/** Words that outputs of tools seldom have two of. */
const SMALL =
  /(?<![\w/.-])(?:the|this|that|these|it|its|is|are|was|were|and|but|or|so|if|when|what|which|how|why|there|here|then|after|before|to|of|in|on|from|with|without|as|an?|i|i'm|i've|we|you|my|our|your|he|they|can|can't|could|will|would|should|do|does|doesn't|did|didn't|don't|have|has|had|be|been|not|also|only|both|some|all|any|same|now|der|die|das|ist|und|nicht|auf|wir|ich|le|la|les|est|et|pas|el|los|es|y|que)(?![\w/.-])/gi;
const WORD = /(?<![\w/.:-])[A-Za-z][a-z']+(?![\w/.-])/g;
const LONGEST = 2000;

/** Prose that no program would print, wherever it stands. */
export function isMarkedProse(line: string): boolean {
  if (line.length > LONGEST) return false;
  const text = line.trim();
  return MARKUP.test(text) || SPEAKER.test(text) || OTHER_SCRIPT.test(text);
}

/** Is the line prose? */
export function isProse(line: string): boolean {
  if (line.length > LONGEST) return false;
  const text = line.trim();
  if (text === '') return false;
  if (isMarkedProse(line)) return true;
  const words = text.match(WORD)?.length ?? 0;
  const all = text.split(/\s+/).length;
  if (words < 3 || words * 2 < all) return false;
  // A title, or a short sentence without a stop.
  if (words > 4 && words === all && /^[A-Z]/.test(text)) return true;
  const small = text.match(SMALL)?.length ?? 0;
  // `Then I did:`, `The routes of the second one look as follows`
  return (
    /^(?:[-*•>+]|\d{1,2}[.)])? ?['"(]?[A-Za-z]/.test(text) && (small >= 2 || (small > 0 && /[a-z)][.:?!]$/.test(text)))
  );
}
