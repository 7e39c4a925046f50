import { readFileSync } from 'node:fs';
import type { LoadedBundle, Probe } from '../index.js';
import { readJson } from '../parsers/text/json.js';
import type { Located } from '../parsers/text/located.js';
import { type ProbeWords, probeOf } from './ends.js';
import { UsageError } from './usage.js';

const FORM = 'A line is `SRC DST [tcp|udp|icmp][/PORT] [size=BYTES] [df]`, such as `node:node-1 10.244.1.7 tcp/8080`.';

const JSON_FORM = 'Each probe is {"src", "dst", "proto", "port"?, "size"?, "df"?}, and the file a list of them.';

/** What one line asks; `where` for its mistakes. */
function wordsOf(words: readonly string[], where: string): { src: string; dst: string; more: ProbeWords } {
  const [src, dst, ...rest] = words;
  if (src === undefined || dst === undefined) throw new UsageError(`${where}: two ends are needed. ${FORM}`);
  let more: ProbeWords = {};
  for (const word of rest) {
    const proto = /^(tcp|udp|icmp)(?:\/(\d{1,5}))?$/.exec(word);
    const size = /^size=(\d{1,5})$/.exec(word)?.[1];
    if (proto)
      more = {
        ...more,
        proto: proto[1] as Probe['proto'],
        ...(proto[2] !== undefined && { port: inRange(Number(proto[2]), 1, 65535, `${where}: port`) }),
      };
    else if (size !== undefined) more = { ...more, size: inRange(Number(size), 20, 65535, `${where}: size`) };
    else if (word === 'df') more = { ...more, df: true };
    else throw new UsageError(`${where}: \`${word}\` says nothing. ${FORM}`);
  }
  return { src, dst, more };
}

function inRange(n: number, least: number, most: number, what: string): number {
  if (n < least || n > most) throw new UsageError(`${what} ${n} is not between ${least} and ${most}.`);
  return n;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `The probes can't be read from ${file}: ${error instanceof Error ? error.message : String(error)}. Name a file, or - for standard input.`,
    );
  }
}

/** The line of what a path of keys leads to, or of what holds it where that is missing. */
function lineOf(value: Located | undefined, path: readonly (string | number)[]): number {
  const [key, ...rest] = path;
  const entry = value?.kind === 'map' ? value.entries.get(String(key)) : undefined;
  const next = value?.kind === 'list' ? value.items[Number(key)] : entry?.value;
  return key === undefined || !next ? (value?.line ?? 1) : lineOf(next, rest);
}

/** The value, and where its parts stand. */
function jsonOf(text: string, file: string): { readonly value: unknown; readonly located: Located | undefined } {
  const reading = readJson(text, 1);
  if ('error' in reading) throw new UsageError(`${file}:${reading.line}: ${reading.error}. ${JSON_FORM}`);
  try {
    return { value: JSON.parse(text), located: reading.value };
  } catch (error) {
    const says = error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error);
    const at = Number(/at position (\d+)/.exec(says)?.[1] ?? text.length);
    throw new UsageError(`${file}:${text.slice(0, at).split('\n').length}: no JSON: ${says}. ${JSON_FORM}`);
  }
}

/** A list of probes as JSON, as `dumplint reach` itself writes them. */
async function ofJson(loaded: LoadedBundle, text: string, file: string): Promise<readonly Probe[]> {
  const { z } = await import('zod');
  const probe = z.object({
    src: z.string().min(1),
    dst: z.string().min(1),
    proto: z.enum(['icmp', 'tcp', 'udp']),
    port: z.number().int().min(1).max(65535).nullish(),
    size: z.number().int().min(20).max(65535).optional(),
    df: z.boolean().optional(),
  });
  const { value, located } = jsonOf(text, file);
  const place = (path: readonly PropertyKey[]): string => {
    const [n, ...keys] = path;
    const what = typeof n === 'number' ? `probe ${[n + 1, ...keys.map(String)].join(', ')}` : 'the whole';
    return `${file}:${lineOf(
      located,
      path.map((k) => (typeof k === 'number' ? k : String(k))),
    )}: ${what}`;
  };
  const read = z.array(probe).safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new UsageError(`${place(issue?.path ?? [])}: ${issue?.message ?? 'no list of probes'}. ${JSON_FORM}`);
  }
  return read.data.map(({ src, dst, proto, port, size, df }, i) =>
    asked(loaded, src, dst, { proto, port: port ?? undefined, size, ...(df === true && { df }) }, place([i])),
  );
}

/** What the words mean, or the sentence with its place. */
function asked(loaded: LoadedBundle, src: string, dst: string, words: ProbeWords, where: string): Probe {
  try {
    return probeOf(loaded, src, dst, words);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${where}: ${error.message}`) : error;
  }
}

/** The probes of a file: one in each line, `#` begins a remark, or a list as JSON. */
export async function probesOf(loaded: LoadedBundle, file: string): Promise<readonly Probe[]> {
  const text = textOf(file);
  const probes = /^\s*\[/.test(text) ? await ofJson(loaded, text, file) : ofLines(loaded, text, file);
  if (probes.length === 0) throw new UsageError(`${file} has no probe. ${FORM}`);
  return probes;
}

const ofLines = (loaded: LoadedBundle, text: string, file: string): readonly Probe[] =>
  text.split(/\r?\n/).flatMap((line, i): readonly Probe[] => {
    const words = line
      .replace(/(^|\s)#.*/, '')
      .trim()
      .split(/\s+/);
    if (words[0] === '') return [];
    const where = `${file}:${i + 1}`;
    const { src, dst, more } = wordsOf(words, where);
    return [asked(loaded, src, dst, more, where)];
  });
