import { type Archive, archiveOf, endOf, memberOf, nameOfMember, pathIn } from './archive.js';
import { readBytes, readMember } from './member.js';
import { safeName } from './names.js';
import { type BundleEvent, countMember, type Member, type Run, SMALL, type Trouble, unreadEvent } from './run.js';
import { brokenOff, type Input, inputOf, limited } from './source.js';
import { sparse } from './sparse.js';
import { type Entry, entries } from './tar.js';

/** The members of a tar archive. Links come last, when all that they can mean has been seen. */
export async function* readTar(run: Run, member: Member, input: Input, depth: number): AsyncGenerator<BundleEvent> {
  const archive = archiveOf(member, depth);
  let stop: Trouble | undefined;
  for await (const item of entries(input, run.limits)) {
    archive.empty = false;
    if (item.kind === 'trouble') {
      yield unreadEvent(item.name === undefined ? member.path : pathIn(archive, item.name), item.trouble);
      continue;
    }
    stop = countMember(run);
    if (!stop) yield* readEntry(run, archive, item, input);
    // The source reports when it was stopped itself.
    if (stop) break;
  }
  yield* endOf(run, archive, stop);
}

async function* readEntry(run: Run, archive: Archive, entry: Entry, input: Input): AsyncGenerator<BundleEvent> {
  // `tar cf x.tar f f` notes the second one as a link to itself.
  if (entry.type === 'hard link' && safeName(entry.link).name === safeName(entry.name).name) return;
  const named = yield* nameOfMember(archive, entry.name, entry.type === 'directory');
  if (!named) return;
  const { name } = named;
  if (entry.type === 'other') {
    yield unreadEvent(pathIn(archive, name), { reason: 'unsupported', detail: entry.what });
    return;
  }
  if (entry.type !== 'file' && entry.size === 0) {
    archive.links.push({ name, target: entry.link, what: entry.type === 'hard link' ? entry.type : 'symbolic link' });
    return;
  }
  const member = memberOf(archive, named, entry.mtime, entry.sparse?.size ?? entry.size);
  if (!run.wants || run.wants(member.path)) yield* readFile(run, archive, member, entry, input);
}

async function* readFile(
  run: Run,
  archive: Archive,
  member: Member,
  entry: Entry,
  input: Input,
): AsyncGenerator<BundleEvent> {
  if (entry.sparse) {
    const body = inputOf(sparse(inputOf(limited(input, entry.size)), run, entry.sparse));
    yield* readMember(run, member, body, archive.depth);
    return;
  }
  if (entry.size > SMALL || entry.size > run.limits.memberBytes) {
    yield* readMember(run, member, inputOf(limited(input, entry.size)), archive.depth);
    return;
  }
  const bytes = new Uint8Array(entry.size);
  const got = await input.fill(bytes);
  const trouble = got === entry.size ? undefined : (input.trouble() ?? brokenOff(entry.size - got));
  yield* readBytes(run, member, trouble ? bytes.slice(0, got) : bytes, archive.depth, trouble);
}
