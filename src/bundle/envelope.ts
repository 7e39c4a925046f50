import { brokeOff } from './packed.js';
import type { Trouble } from './run.js';

/*
 * %%% start-base64 %%%
 * XQAAgAD//////////wAVGUqmAZ2…
 * %%% end-base64 %%%
 */
const START = '%%% start-base64 %%%';
const END = '%%% end-base64 %%%';
const LF = 10;
const CR = 13;
const PERCENT = 37;

interface Part {
  readonly bytes: Uint8Array;
  /** Set when the text ends before the mark. */
  readonly trouble?: Trouble;
}

/** A text with archives in it, as Base64 between two lines. */
export interface Enveloped {
  /** What was packed, in the order of the text. */
  readonly parts: readonly Part[];
  /** The text around them, with its line ends where they were; nothing, when there is none. */
  readonly rest: Uint8Array | undefined;
}

/**
 * What `dind-cluster.sh dump64` prints (kubernetes-retired/kubeadm-dind-cluster: `lzma | base64 -w 100`), alone or inside a log of a build.
 * A text that breaks off gives what came.
 */
export function openEnvelopes(bytes: Uint8Array): Enveloped | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Part[] = [];
  let rest: Buffer | undefined;
  for (let at = text.indexOf(START); at !== -1; at = text.indexOf(START, at)) {
    const from = lineEnd(text, at, START);
    const stop = from === undefined ? -1 : text.indexOf(PERCENT, from);
    const to = stop === -1 ? text.length : stop;
    const body = from === undefined ? '' : text.toString('latin1', from, to);
    const closed = stop !== -1 && text.toString('latin1', stop, stop + END.length) === END;
    if ((stop !== -1 && !closed) || !/^\s+[A-Za-z0-9][A-Za-z0-9+/=\s]*$/.test(body)) {
      at += START.length;
      continue;
    }
    parts.push({ bytes: Buffer.from(body, 'base64'), ...(!closed && { trouble: brokeOff('Base64') }) });
    rest ??= Buffer.from(text);
    const behind = closed ? to + END.length : to;
    blank(rest, at, behind);
    at = behind;
  }
  if (!rest) return undefined;
  return { parts, rest: rest.some((b) => b !== 32 && b !== LF && b !== CR && b !== 9) ? rest : undefined };
}

/** Where the line behind `mark` ends, if the mark is all of a line. */
function lineEnd(text: Buffer, at: number, mark: string): number | undefined {
  if (at > 0 && text[at - 1] !== LF) return undefined;
  const end = at + mark.length;
  return text[end] === LF || (text[end] === CR && text[end + 1] === LF) ? end : undefined;
}

function blank(text: Buffer, from: number, to: number): void {
  for (let i = from; i < to; i++) if (text[i] !== LF) text[i] = 32;
}
