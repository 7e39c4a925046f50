import type { IptablesMatch, IptablesOption } from '../../kit/index.js';
import { deviceMatches, type Match } from './iptables-values.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** Matches on what is around a packet: ports of bridges, hardware addresses, groups of devices. */

/**
 * Ports of a bridge (net/netfilter/xt_physdev.c). What was never on a bridge is matched where all that is asked is negated; a port of
 * arrival stays with a packet that the stack then routes.
 */
export function physdevMatch({ options }: IptablesMatch): Match {
  const told = (name: string): IptablesOption | undefined => options.find((o) => o.name === name);
  const named = (option: IptablesOption | undefined, port: string | undefined): boolean =>
    option === undefined || deviceMatches(option.values[0] ?? '', port ?? '') !== option.negated;
  const is = (option: IptablesOption | undefined, held: boolean): boolean =>
    option === undefined || held !== option.negated;
  return ({ physIn, physOut }) => {
    if (physIn === undefined && physOut === undefined) return options.every((o) => o.negated);
    return (
      is(told('--physdev-is-bridged'), physOut !== undefined) &&
      is(told('--physdev-is-in'), physIn !== undefined) &&
      is(told('--physdev-is-out'), physOut !== undefined) &&
      (physIn === undefined || named(told('--physdev-in'), physIn)) &&
      (told('--physdev-out') === undefined ||
        (physOut === undefined ? told('--physdev-out')?.negated === true : named(told('--physdev-out'), physOut)))
    );
  };
}

/** Whose lladdr the frame comes from (xt_mac.c): a packet without such a header never matches. */
export function macOption(option: IptablesOption): Match {
  const wanted = option.values[0]?.toLowerCase() ?? '';
  return (c) => {
    if (c.iif === '' || c.iif === 'lo') return false;
    if (c.srcMac === undefined) return unsupported('-m mac');
    return (c.srcMac === wanted) !== option.negated;
  };
}

/** `default`, `7`, `0x7`. Names but the first are of /etc/iproute2/group. */
const groupNumber = (text: string): number | undefined =>
  text === 'default' ? 0 : /^(?:0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined;

/** Undefined: no listing that would tell it. */
export function groupOf(c: HookContext, dev: string): number | undefined {
  const link = c.machine.devices.get(dev)?.link;
  // `ip link` prints it always; other listings never.
  if (link?.group !== undefined) return groupNumber(link.group);
  return link?.index === undefined ? undefined : 0;
}

/** Groups of the devices (xt_devgroup.c). */
export function devgroupOption(option: IptablesOption): Match {
  const [wanted, mask] = (option.values[0] ?? '').split('/').map(groupNumber);
  return (c) => {
    const group = groupOf(c, option.name === '--src-group' ? c.iif : c.oif);
    if (group === undefined || wanted === undefined) return unsupported('-m devgroup');
    return (((group & (mask ?? 0xffffffff)) ^ wanted) === 0) !== option.negated;
  };
}
