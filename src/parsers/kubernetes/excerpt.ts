import type { FlannelAnnouncementFact, FlannelLeaseFact } from '../../facts/index.js';
import { canonicalPrefix, type Draft, parseAddress } from '../../kit/index.js';
import { backendData } from './node.js';

/** Where the facts of an excerpt go. */
interface ExcerptSink {
  emit(line: number, fact: Draft<FlannelAnnouncementFact | FlannelLeaseFact>): void;
  gap(line: number, reason: string): void;
}

interface Entry {
  readonly line: number;
  readonly key: string;
  readonly value: string;
}

const MARK = 'flannel.alpha.coreos.com/';
const KEYS: ReadonlySet<string> = new Set(['backend-data', 'backend-type', 'public-ip']);
/** Any `key: value` line of YAML, JSON or a description, and grep's own separator. */
const SHAPE = /^\s*(?:\d+[-:])?(?:- )?["']?[\w./-]+["']?:(?:\s.*)?$|^--$/;

/** Could the lines be what grep left of nodes with flannel's annotations? */
export const isExcerpt = (lines: readonly string[]): boolean =>
  lines.some((line) => entryOf(line, 0)?.key === 'public-ip' || /backend-data["']?: .*VtepMAC/i.test(line)) &&
  lines.every((line) => line.length < 4000 && (line.trim() === '' || SHAPE.test(line)));

/** Is the excerpt one of a description? Only there a field begins a line with a capital. */
export const isDescribed = (lines: readonly string[]): boolean =>
  lines.some((line) => /^(?:Name|Annotations|PodCIDR):\s/.test(line));

/** `flannel.alpha.coreos.com/public-ip: 10.0.0.2`, `podCIDR: …`, `name: node-1`; undefined for what says nothing of a lease. */
function entryOf(text: string, line: number): Entry | undefined {
  const match = /^\s*(?:Annotations:\s+)?["']?([\w./-]+)["']?:\s*(.*?),?\s*$/.exec(text.slice(0, 4000));
  if (!match) return undefined;
  const quoted = /^(["'])(.*)\1$/.exec(match[2] ?? '');
  const value = (quoted?.[2] ?? match[2] ?? '').replaceAll('\\"', '"');
  const key = match[1] ?? '';
  if (key.startsWith(MARK)) {
    const bare = key.slice(MARK.length);
    return KEYS.has(bare) ? { line, key: bare, value } : undefined;
  }
  if (/^(?:name|Name)$/.test(key)) return { line, key: 'name', value };
  return /^(?:podCIDR|PodCIDR)$/.test(key) ? { line, key: 'podCIDR', value } : undefined;
}

/**
 * Leases out of what grep left (`… -o yaml | grep -A3 Vtep`, `describe node | grep -E "Name:|public-ip|PodCIDR"`). Lines belong together
 * between grep's separators, or from one key to its next occurrence, if each group has the same keys in the same order; else every line
 * stands for itself.
 */
export function readExcerpt(lines: readonly string[], first: number, out: ExcerptSink): void {
  const groups: Entry[][] = [[]];
  let separated = false;
  for (const [i, text] of lines.entries()) {
    if (text.trim() === '--') {
      separated = true;
      groups.push([]);
      continue;
    }
    const entry = entryOf(text, first + i);
    if (!entry) continue;
    const open = groups.at(-1) ?? [];
    if (open.some(({ key }) => key === entry.key)) groups.push([entry]);
    else open.push(entry);
  }
  const told = groups.filter((group) => group.length > 0);
  const shapes = new Set(told.map((group) => group.map(({ key }) => key).join()));
  const together = separated || shapes.size <= 1;
  for (const group of together ? told : told.flatMap((entries) => entries.map((entry) => [entry]))) take(group, out);
}

function take(group: readonly Entry[], out: ExcerptSink): void {
  const of = (key: string): string | undefined => group.find((entry) => entry.key === key)?.value;
  const told = group.find(({ key }) => KEYS.has(key));
  if (!told) return;
  const [publicIp, backend, node, subnet] = [of('public-ip'), of('backend-type'), of('name'), of('podCIDR')];
  if (publicIp !== undefined && !parseAddress(publicIp)) {
    out.gap(told.line, 'the public address is masked');
    return;
  }
  const lease = {
    ...(publicIp !== undefined && { publicIp }),
    ...(backend !== undefined && { backend }),
    ...backendData(of('backend-data')),
    ...(node !== undefined && { node }),
  };
  const prefix = canonicalPrefix(subnet ?? '');
  if (prefix !== undefined && publicIp !== undefined)
    out.emit(told.line, { kind: 'flannel-lease', subnet: prefix, ...lease, source: 'annotation' });
  else out.emit(told.line, { kind: 'flannel-announcement', ...lease });
}
