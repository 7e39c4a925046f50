import type { BridgePortFact, LinkFact } from '../../../facts/index.js';
import type { CaptureContext, Sink, Text } from '../../../kit/index.js';
import { bridgePort } from '../../bridge/port.js';
import { collectFailures } from '../failure.js';
import { wordsOf } from '../words.js';
import { takeAddress, takeLifetime } from './addresses.js';
import { headerOf, type LinkFields } from './header.js';
import { belongs, takeCounters } from './parts.js';
import { newBlock, type State, type TakeAddress } from './state.js';

/*
 * 2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
 *     link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff link-netnsid 0
 *     inet 192.168.50.11/24 brd 192.168.50.255 scope global eth0
 *        valid_lft forever preferred_lft forever
 *
 * `ip addr` and `ip link` print the same blocks; `-o` joins their lines with a backslash.
 */
function flush(state: State): void {
  const { out, block, address } = state;
  if (block.fields) {
    const counters = block.counters && { counters: block.counters };
    out.fact(block.line, { kind: 'link', ...block.fields, ...counters });
    takePort(state, block.fields);
  }
  for (const { line, dev, fields } of block.addresses) address?.(line, { kind: 'address', dev, ...fields });
  for (const { line, reason } of block.gaps) out.gap(line, reason);
}

/** `-d` says of each device with a master what it is there. */
function takePort(state: State, { name, master, slave }: LinkFields): void {
  if (state.block.details) state.detailed = true;
  if (master !== undefined && slave === undefined) state.portless = true;
  if (slave?.kind === 'bridge_slave')
    state.out.fact(state.block.slaveLine ?? state.block.line, bridgePort(name, master, slave.attributes));
}

/**
 * Reads the output of `ip addr` or `ip link`; without `address` an address is nothing that the command prints. Returns whether it is a
 * listing of bridge ports too: `-d` of an `ip` that prints their settings.
 */
export function parseLinks(
  text: Text,
  out: Sink<LinkFact | BridgePortFact>,
  context: CaptureContext,
  address?: TakeAddress,
): boolean {
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
    detailed: false,
    portless: false,
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    // Only `-o` prints backslashes; what an alias has behind one becomes a gap.
    if (!line.includes('\\')) segment(state, i, line);
    else for (const part of line.split('\\')) segment(state, i, part);
  }
  flush(state);
  state.failures.close(state.some);
  if (address) admitSelection(state, context);
  return state.detailed && !state.portless;
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
  else if (state.block.fields && belongs(state, i, words, /^\s/.test(text))) state.out.part(i);
  else other(state, i, text.trim());
}

function other(state: State, i: number, line: string): void {
  if (state.failures.take(i, line)) return;
  if (line === '--') {
    state.out.noise(i);
    state.out.incomplete('filtered', 'grep left lines out between its matches');
  } else if (/^(?:Dump was interrupted|Message truncated$)/.test(line)) {
    state.out.noise(i);
    state.out.incomplete('truncated', line);
  } else state.block.gaps.push({ line: i, reason: 'not a line of ip addr or ip link' });
}
