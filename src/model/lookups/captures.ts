import { type At, at, type Fact, fileOf, type PlacedCapture } from '../../kit/index.js';
import type { Node } from '../types.js';

/** First line of a capture, or its command line when the input shows one: evidence for what the capture as a whole says. */
export const captureAt = (capture: PlacedCapture): At =>
  at(capture.file, capture.commandAt ?? Math.max(1, capture.firstLine));

/** Another line of the file that a fact stands in: facts of several lines name them by number. */
export const lineBeside = (fact: Pick<Fact, 'at'>, line: number): At => at(fileOf(fact.at), line);

/** First line of a capture's output. */
export const outputAt = (capture: PlacedCapture): At => at(capture.file, Math.max(1, capture.firstLine));

/** Is `b` later evidence than `a`: by time when both have one, else further down in the same file? */
export function isLater(a: PlacedCapture | undefined, b: PlacedCapture | undefined): boolean {
  if (!a || !b) return false;
  if (a.time !== undefined && b.time !== undefined) return b.time > a.time;
  return a.file === b.file && b.firstLine > a.firstLine;
}

/** Another line of the fact's own file: the variable of a `subnet.env` that the sentence is about. */
export const lineIn = (fact: Pick<Fact, 'at'>, line: number | undefined): At =>
  line === undefined ? fact.at : at(fileOf(fact.at), line);

/** Pasted evidence (a few packets, a ping) that nothing places on a node: there is no machine that somebody could capture again. */
export const isSnippet = (node: Node): boolean =>
  /^unknown-\d+$/.test(node.name) &&
  !(['route', 'address', 'link', 'netconf', 'sysctl'] as const).some((kind) => node.host.has(kind));
