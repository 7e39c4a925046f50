import { HEAD } from '../kit/index.js';
import { openEnvelopes } from './envelope.js';
import { gunzip } from './gunzip.js';
import { type Unpacker, unpacked } from './packed.js';
import { amount, type BundleEvent, fileEvent, type Member, type Run, type Trouble, unreadEvent } from './run.js';
import { type Form, isNamed, isStream, type Stream, sniff, UNPACK } from './sniff.js';
import { collect, type Input, inputOf, memory } from './source.js';
import { readTar } from './untar.js';

/** What a member is below its packed layers. */
export interface Opened {
  readonly form: Form;
  readonly input: Input;
  /** Set when the member is packed too many times over. */
  readonly capped?: Trouble;
  /** Some layer was taken off. */
  readonly unpacked: boolean;
}

/** gzip is what most bundles are packed with; the others are loaded when they are met. */
export const UNPACKERS: Readonly<Record<Stream, () => Promise<Unpacker>>> = {
  gzip: async () => gunzip,
  xz: async () => (await import('./xz/index.js')).unxz,
  lzma: async () => (await import('./xz/alone.js')).unlzma,
  zstd: async () => (await import('./zstd/index.js')).unzstd,
  bzip2: async () => (await import('./bzip2/index.js')).bunzip2,
};

/** Takes packed layers off until something else appears. `close` of the result frees the layers, never `input` itself. */
export async function open(run: Run, member: Member, input: Input, depth: number): Promise<Opened> {
  let at: Input = { ...input, close: async () => {} };
  for (let layers = 0; ; layers++) {
    const form = sniff(await at.peek(HEAD), member.inner);
    if (!isStream(form)) return { form, input: at, unpacked: layers > 0 };
    if (depth + layers >= run.limits.depth) return { form, input: at, capped: tooDeep(run), unpacked: layers > 0 };
    const outer = at;
    const inner = unpacked(outer, run, await UNPACKERS[form]());
    const close = async (): Promise<void> => {
      await inner.close();
      await outer.close();
    };
    at = inputOf({ ...inner, close });
  }
}

const tooDeep = ({ limits }: Run): Trouble => ({
  reason: 'capped',
  detail: `archives inside archives are read ${limits.depth} deep, this one lies deeper: unpack the outer ones first`,
});

/** Hands out a member, or what is in it. */
export async function* readMember(run: Run, member: Member, input: Input, depth: number): AsyncGenerator<BundleEvent> {
  const opened = await open(run, member, input, depth);
  try {
    yield* readOpened(run, member, opened, depth);
  } finally {
    await opened.input.close();
  }
}

/** The same for bytes in memory, without a detour for text; `trouble` when they are a beginning only. */
export async function* readBytes(
  run: Run,
  member: Member,
  bytes: Uint8Array,
  depth: number,
  trouble?: Trouble,
): AsyncGenerator<BundleEvent> {
  if (
    bytes.length > 0 &&
    bytes.length <= run.limits.memberBytes &&
    sniff(bytes.subarray(0, HEAD), member.inner) === 'text'
  ) {
    yield* handOut(run, member, { bytes, cut: trouble?.detail }, depth);
    if (trouble) yield unreadEvent(member.path, trouble);
  } else yield* readMember(run, member, memory(bytes, trouble), depth);
}

export async function* readOpened(
  run: Run,
  member: Member,
  opened: Opened,
  depth: number,
): AsyncGenerator<BundleEvent> {
  const { form, input, capped } = opened;
  if (capped) yield unreadEvent(member.path, capped, member.size);
  else if (form === 'tar' || form === 'zip') {
    if (depth >= run.limits.depth) yield unreadEvent(member.path, tooDeep(run), member.size);
    else if (form === 'tar') yield* readTar(run, member, input, depth + 1);
    else yield* (await import('./unzip.js')).readZip(run, member, input, depth + 1);
  } else if (isNamed(form)) {
    const detail = `${form} is not read: unpack it (\`${UNPACK[form]}\`) and lint the result`;
    yield unreadEvent(member.path, { reason: 'unsupported', detail }, member.size);
  } else if (form === 'binary') {
    yield unreadEvent(member.path, { reason: 'unsupported', detail: 'binary file' }, member.size);
  } else yield* readText(run, member, opened, depth);
}

interface Content {
  readonly bytes: Uint8Array;
  /** Why it is not all there. */
  readonly cut?: string | undefined;
  /** In memory that the next member gets. */
  readonly lent?: boolean;
}

/** A text, and what is packed in it. */
async function* handOut(run: Run, member: Member, content: Content, depth: number): AsyncGenerator<BundleEvent> {
  const { bytes, cut, lent } = content;
  const enveloped = depth < run.limits.depth ? openEnvelopes(bytes) : undefined;
  if (!enveloped) {
    yield fileEvent(member, bytes, cut, lent);
    return;
  }
  if (enveloped.rest) yield fileEvent(member, enveloped.rest, cut);
  for (const [i, { bytes: part, trouble }] of enveloped.parts.entries()) {
    const name = i === 0 ? 'dump' : `dump-${i + 1}`;
    const inside = { ...member, path: `${member.path}!/${name}`, inner: `${member.inner}!/${name}`, size: part.length };
    yield* readMember(run, inside, memory(part, trouble), depth + 1);
  }
}

async function* readText(
  run: Run,
  member: Member,
  { input, unpacked }: Opened,
  depth: number,
): AsyncGenerator<BundleEvent> {
  const cap = run.limits.memberBytes;
  const { bytes, lent } = await collect(run, input, unpacked ? undefined : member.size);
  const more = bytes.length === cap && (await input.peek(1)).length > 0;
  const trouble = more ? tooBig(cap) : input.trouble();
  if (trouble) {
    // Nothing came before the defect: an empty file would look like a command without output.
    if (bytes.length > 0) yield* handOut(run, member, { bytes, cut: trouble.detail, lent }, depth);
    yield unreadEvent(member.path, trouble, more && !unpacked ? member.size : undefined);
    return;
  }
  if (bytes.length === 0 && !unpacked && /\.(tar|t?gz|zip|t?xz|bz2|tbz2?|t?zst)$/i.test(member.inner)) {
    yield unreadEvent(
      member.path,
      { reason: 'empty', detail: 'has the name of an archive and no content: copy or collect it again' },
      0,
    );
    return;
  }
  yield* handOut(run, member, { bytes, lent }, depth);
}

const tooBig = (cap: number): Trouble => ({
  reason: 'capped',
  detail: `only the first ${amount(cap)} were read, the limit for one member: cut out the part that matters and lint that`,
});
