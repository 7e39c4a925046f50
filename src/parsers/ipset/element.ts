import { elementText, type SetFlag } from '../../kit/index.js';
import { isMasked } from '../text/masked.js';
import { own } from '../text/own.js';

/** How many texts are held: the sets of a cluster hold the same elements on all of its nodes. */
const MOST = 2 ** 17;

/** Texts that recur, one string object for each; elements by their type and as they are printed. */
const shared = { elements: new Map<string, Map<string, string>>(), texts: new Map<string, string>(), held: 0 };

function store(map: Map<string, string>, printed: string, made: string): string {
  if (shared.held++ > MOST) {
    for (const elements of shared.elements.values()) elements.clear();
    shared.texts.clear();
    shared.held = 0;
  }
  map.set(made === printed ? made : own(printed), made);
  return made;
}

const share = (text: string): string => shared.texts.get(text) ?? store(shared.texts, text, own(text));

function sharedElement(type: string, family: 4 | 6 | undefined, printed: string): string | undefined {
  const kind = `${type} ${family ?? ''}`;
  let elements = shared.elements.get(kind);
  if (!elements) {
    elements = new Map();
    shared.elements.set(kind, elements);
  }
  const known = elements.get(printed);
  if (known !== undefined) return known;
  const made = elementText(type, family, printed);
  return made === undefined ? undefined : store(elements, printed, made);
}

/** Why an element of this type can't be that. */
function strange(text: string): string {
  return text.split(',').some(isMasked) ? 'the element is masked' : 'an element that its type does not have';
}

/** The element in canonical form, or why it can't be read. Of a set whose type is not known it stays as it is printed. */
export function readMember(
  type: string | undefined,
  known: boolean,
  family: 4 | 6 | undefined,
  printed: string,
): { readonly text: string } | { readonly gap: string } {
  if (printed.length > 300) return { gap: 'longer than an element can be' };
  if (type === undefined || !known)
    return printed.split(',').some(isMasked) ? { gap: 'the element is masked' } : { text: share(printed) };
  const text = sharedElement(type, family, printed);
  return text === undefined ? { gap: strange(printed) } : { text };
}

/** What stands behind an element (lib/session.c list_adt), in any order; `before`, `after` of lists in old versions. */
const DETAIL =
  /(?:(?:timeout|packets|bytes|skbqueue) \d+|skbmark 0x[\da-f]+(?:\/0x[\da-f]+)?|skbprio [\da-f]+:[\da-f]+|comment "[^"]*"|(?:before|after) \S+|nomatch|wildcard)(?: |$)/y;

export interface Details {
  readonly flags: readonly SetFlag[];
  /** As printed, without the flags. */
  readonly text: string;
}

const NONE: Details = { flags: [], text: '' };

/** What stands behind an element; undefined for text that is nothing of the kind. */
export function readDetails(text: string): Details | undefined {
  if (text === '') return NONE;
  const flags: SetFlag[] = [];
  const rest: string[] = [];
  DETAIL.lastIndex = 0;
  while (DETAIL.lastIndex < text.length) {
    const word = DETAIL.exec(text)?.[0]?.trimEnd();
    if (word === undefined) return undefined;
    if (word === 'nomatch' || word === 'wildcard') flags.push(word);
    else rest.push(word);
  }
  return { flags, text: share(rest.join(' ')) };
}
