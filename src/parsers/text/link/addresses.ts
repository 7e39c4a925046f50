import { type AddressFields, addressOf, lifetimeOf } from './inet.js';
import type { State } from './state.js';

/** An address line; `named` is the device at the start of an `-o` line. */
export function takeAddress(state: State, i: number, words: readonly string[], named?: string): void {
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

/** The line below an address; of one that was not read it says nothing. */
export function takeLifetime(state: State, i: number, words: readonly string[]): void {
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
