import type { AddressFact, LinkCounters, LinkFact } from '../../../facts/index.js';
import type { CaptureContext, Draft, Sink, Text } from '../../../kit/index.js';
import { collectFailures, type Failures } from '../failure.js';
import { wordsOf } from '../words.js';
import { isKind, kindOf, vxlanOf } from './details.js';
import { headerOf, type LinkFields, linkLayerOf } from './header.js';
import { type AddressFields, addressOf, lifetimeOf } from './inet.js';

/*
 * 2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
 *     link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff link-netnsid 0
 *     inet 192.168.50.11/24 brd 192.168.50.255 scope global eth0
 *        valid_lft forever preferred_lft forever
 *
 * `ip addr` and `ip link` print the same blocks; `-o` joins their lines with a backslash.
 */
/** Where addresses go; `ip link` has none. */
type TakeAddress = (line: number, fact: Draft<AddressFact>) => void;

interface Block {
  /** Line of the header; no fields when lines came without one (somebody grepped). */
  readonly line: number;
  readonly fields: LinkFields | undefined;
  readonly addresses: { readonly line: number; readonly dev: string; readonly fields: AddressFields }[];
  /** Said after the facts, so that a line that is both (`-o`) ends as a gap. */
  readonly gaps: { readonly line: number; readonly reason: string }[];
  /** Another device's label was seen below this header: lines between were cut away. */
  broken: boolean;
  /** Settings of `-d` were printed: a line with the kind may follow. */
  details: boolean;
  /** Counters behind a `vf` line are those of the virtual function. */
  inVf: boolean;
  counters: LinkCounters | undefined;
}

const newBlock = (line: number, fields?: LinkFields): Block => ({
  line,
  fields,
  addresses: [],
  gaps: [],
  broken: false,
  details: false,
  inVf: false,
  counters: undefined,
});

interface State {
  readonly out: Sink<LinkFact>;
  readonly address: TakeAddress | undefined;
  /** Device that the command line asked for. */
  readonly asked: string | undefined;
  readonly failures: Failures;
  block: Block;
  /** Address that a `valid_lft` line belongs to; 'gap' behind one that could not be read. */
  last: AddressFields | 'gap' | undefined;
  stats: { readonly received: boolean; readonly columns: readonly string[] } | undefined;
  some: boolean;
  /** Headers, and `link/` lines below them: `-4` and `-6` print the first without the second. */
  headers: number;
  layers: number;
  /** Addresses of `-o`, which prints no devices beside them. */
  oneline: boolean;
}

function flush({ out, block, address }: State): void {
  if (block.fields) {
    const counters = block.counters && { counters: block.counters };
    out.fact(block.line, { kind: 'link', ...block.fields, ...counters });
  }
  for (const { line, dev, fields } of block.addresses) address?.(line, { kind: 'address', dev, ...fields });
  for (const { line, reason } of block.gaps) out.gap(line, reason);
}

/** Reads the output of `ip addr` or `ip link`; without `address` an address is nothing that the command prints. */
export function parseLinks(text: Text, out: Sink<LinkFact>, context: CaptureContext, address?: TakeAddress): void {
  const state: State = {
    out,
    address,
    asked: context.scope['dev'],
    failures: collectFailures(out),
    block: newBlock(-1),
    last: undefined,
    stats: undefined,
    some: false,
    headers: 0,
    layers: 0,
    oneline: false,
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    // Only `-o` has backslashes; an alias with one is told from it by what follows.
    if (!line.includes('\\')) segment(state, i, line);
    else for (const part of line.split('\\')) segment(state, i, part);
  }
  flush(state);
  state.failures.close(state.some);
  if (address) admitSelection(state, context);
}

/**
 * What the output itself tells of a selection, for files without a command line. A later listing replaces an earlier one as a whole, so
 * one family's addresses must not pass for all.
 */
function admitSelection({ out, headers, layers, oneline }: State, { scope }: CaptureContext): void {
  if (oneline && headers === 0) out.incomplete('filtered', 'ip -o addr prints no devices');
  else if (headers > 0 && layers === 0 && scope['family'] === undefined)
    out.incomplete('filtered', 'no link-layer lines: one address family only');
}

function segment(state: State, i: number, text: string): void {
  const words = wordsOf(text);
  const [first] = words;
  if (first === undefined) return;
  if (state.stats && takeCounters(state, i, words)) return;
  const header = headerOf(words);
  if (header) {
    flush(state);
    state.block = newBlock(i, header);
    state.last = undefined;
    state.some = true;
    state.headers++;
  } else if (first === 'inet' || first === 'inet6') takeAddress(state, i, words);
  else if (/^\d+:$/.test(first) && (words[2] === 'inet' || words[2] === 'inet6')) {
    state.oneline = true;
    takeAddress(state, i, words.slice(2), words[1]);
  } else if (first === 'valid_lft') takeLifetime(state, i, words);
  else if (state.block.fields && belongs(state, i, words, /^\s\s/.test(text))) state.out.part(i);
  else other(state, i, text.trim());
}

function other(state: State, i: number, line: string): void {
  if (state.failures.take(i, line)) return;
  if (line === '--') {
    state.out.noise(i);
    state.out.incomplete('filtered', 'grep left lines out between its matches');
  } else if (line.startsWith('Dump was interrupted')) {
    state.out.noise(i);
    state.out.incomplete('truncated', line);
  } else state.block.gaps.push({ line: i, reason: 'not a line of ip addr or ip link' });
}

/** Lines of a block other than header and addresses. */
function belongs(state: State, i: number, words: readonly string[], indented: boolean): boolean {
  const { block } = state;
  const { fields } = block;
  const [first = '', second = ''] = words;
  if (!fields) return false;
  if (first.startsWith('link/')) {
    state.layers++;
    takeLinkLayer(block, fields, i, words);
  } else if ((first === 'RX:' || first === 'TX:') && words.length > 1)
    state.stats = { received: first === 'RX:', columns: words.slice(1) };
  else if ((first === 'RX' || first === 'TX') && second === 'errors:')
    state.stats = { received: first === 'RX', columns: [] };
  else if (first === 'vf' && /^\d+$/.test(second)) block.inVf = true;
  else if (first === 'altname' && words.length === 2) fields.altNames = [...(fields.altNames ?? []), second];
  else if (first.startsWith('ad_') && fields.slave) {
    // iproute2 4.x breaks the line of a bond's port behind the aggregator state.
    fields.slave = {
      kind: fields.slave.kind,
      attributes: { ...fields.slave.attributes, ...kindOf([fields.slave.kind, ...words]).attributes },
    };
  } else if (first !== 'alias' && !first.endsWith('-qos-map') && !first.startsWith('prog/') && first !== 'parentbus') {
    if (!indented || !isKind(first, block.details)) return false;
    takeKind(block, fields, i, words);
  }
  return true;
}

function takeLinkLayer(block: Block, fields: LinkFields, i: number, words: readonly string[]): void {
  const layer = linkLayerOf(words);
  // Behind `vf 0` old versions print the function's own address.
  if (block.inVf) return;
  Object.assign(fields, layer.fields);
  block.details = layer.details;
  if (layer.masked) block.gaps.push({ line: i, reason: 'the link-layer address is masked or unreadable' });
}

function takeKind(block: Block, fields: LinkFields, i: number, words: readonly string[]): void {
  const info = kindOf(words);
  if (info.kind.endsWith('_slave')) {
    fields.slave ??= info;
    return;
  }
  if (info.kind === 'vxlan') {
    const vxlan = vxlanOf(info);
    if (!vxlan) {
      block.gaps.push({ line: i, reason: "VXLAN's settings are masked or unreadable" });
      return;
    }
    fields.vxlan ??= vxlan;
  }
  fields.info ??= info;
}

const VALUE = /^\d[\d.]*[kKMGTP]?i?$/;

/** The row of values below `RX: bytes packets …`. */
function takeCounters(state: State, i: number, words: readonly string[]): boolean {
  const { stats, block } = state;
  state.stats = undefined;
  if (!stats || !words.every((w) => VALUE.test(w))) return false;
  state.out.part(i);
  if (block.inVf) return true;
  const value = (name: string): number | undefined => {
    const text = words[stats.columns.indexOf(name)];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const [packets, errors, dropped] = [value('packets'), value('errors'), value('dropped')];
  if (stats.received && block.counters?.rxPackets === undefined) {
    block.counters = {
      ...block.counters,
      ...(packets !== undefined && { rxPackets: packets }),
      ...(errors !== undefined && { rxErrors: errors }),
      ...(dropped !== undefined && { rxDropped: dropped }),
    };
  } else if (!stats.received && block.counters?.txPackets === undefined) {
    block.counters = {
      ...block.counters,
      ...(packets !== undefined && { txPackets: packets }),
      ...(errors !== undefined && { txErrors: errors }),
      ...(dropped !== undefined && { txDropped: dropped }),
    };
  }
  return true;
}

/** `named` is the device at the start of an `-o` line. */
function takeAddress(state: State, i: number, words: readonly string[], named?: string): void {
  const { block, out } = state;
  if (!state.address) {
    block.gaps.push({ line: i, reason: 'ip link prints no addresses' });
    return;
  }
  const fields = addressOf(words);
  if (typeof fields === 'string') {
    state.last = 'gap';
    block.gaps.push({ line: i, reason: fields });
    return;
  }
  state.some = true;
  const dev = named ?? deviceOf(state, fields);
  if (dev === undefined) {
    state.last = 'gap';
    block.gaps.push({ line: i, reason: 'an address without the header of its device' });
    out.incomplete('filtered', 'addresses stand without the header of their device');
    return;
  }
  state.last = fields;
  block.addresses.push({ line: i, dev, fields });
}

/**
 * The device of an address line. A label starts with its device's name (net/ipv4/devinet.c, inetdev_changename keeps it so), so a label of
 * another device tells that a grep took the header between away; IPv6 addresses have no label to tell it by.
 */
function deviceOf({ block, out, asked }: State, fields: AddressFields): string | undefined {
  const name = block.fields?.name ?? asked;
  const { label } = fields;
  if (name !== undefined && !block.broken && (label === undefined || label.startsWith(name))) return name;
  if (label === undefined) return undefined;
  block.broken = true;
  out.incomplete('filtered', 'addresses stand without the header of their device');
  return label.replace(/:[^:]*$/, '');
}

function takeLifetime(state: State, i: number, words: readonly string[]): void {
  const { last, block, out } = state;
  if (last === undefined) block.gaps.push({ line: i, reason: 'a lifetime without its address' });
  else if (last === 'gap') out.noise(i);
  else {
    const lifetime = lifetimeOf(words);
    if (lifetime !== undefined) last.validLifetime = lifetime;
    out.part(i);
  }
  state.last = undefined;
}
