import type { HostnameFact, NetconfFact, SysctlFact } from '../../facts/index.js';
import type { Sink } from '../../kit/index.js';

export type KernelFact = HostnameFact | NetconfFact | SysctlFact;

/** Linux's, in dots or slashes. */
export const KEY = /^(?:abi|crypto|debug|dev|fs|fscache|kernel|net|sunrpc|user|vm)[./][^\s=]+$/;
const NUMBER = /^-?\d+$/;
export const ROOT = '/proc/sys/';

const slashed = (key: string): string => key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));

/** `/proc/sys/net/ipv4/conf/flannel.1/forwarding` and `net/ipv4/…` as sysctl prints them: dots and slashes change places. */
export function dotted(key: string): string {
  const path = key.replace(/^\/+proc\/+sys\/+/, '');
  const separator = /[./]/.exec(path)?.[0];
  return separator === '/' ? slashed(path) : path;
}

export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** `net.ipv4.ip_forward = 1`, `/proc/sys/net/ipv4/ip_forward:1` (grep), `/proc/sys/net/ipv4/ip_forward = 1` (troubleshoot.sh). */
export function settingOf(line: string): Setting | undefined {
  const at = line.startsWith(ROOT) && !line.includes(' = ') ? line.search(/[=:]/) : line.indexOf('=');
  if (at < 1) return undefined;
  const key = dotted(line.slice(0, at).trim());
  return KEY.test(key) ? { key, value: line.slice(at + 1).trim() } : undefined;
}

const PER_DEVICE = /^net\.ipv([46])\.conf\.(.+)\.([^.]+)$/;

/** The per-device setting that a key is; a device's dots are slashes in procps and dots in old busybox. */
function netconfOf({ key, value }: Setting): Omit<NetconfFact, 'at'> | undefined {
  const m = PER_DEVICE.exec(key);
  if (!m || !NUMBER.test(value)) return undefined;
  const dev = (m[2] ?? '').replaceAll('/', '.');
  const scope = dev === 'all' || dev === 'default' ? dev : 'device';
  return {
    kind: 'netconf',
    family: m[1] === '6' ? 6 : 4,
    scope,
    dev: scope === 'device' ? dev : '',
    key: m[3] ?? '',
    value: Number(value),
  };
}

/** A masked value (`xxx`, `***`) is none. */
const masked = (value: string): boolean => /^(?:[*]{3,}|[xX]{3,}|<.*>|\[?redacted\]?|\*{3}HIDDEN\*{3})$/i.test(value);

/** The facts of one setting; all that is not of the network is noise. */
export function emitSetting(setting: Setting, i: number, out: Sink<KernelFact>): void {
  const { key, value } = setting;
  if (!key.startsWith('net.') && key !== 'kernel.hostname') {
    out.noise(i);
    return;
  }
  if (masked(value)) {
    out.gap(i, 'the value is masked');
    return;
  }
  out.fact(i, { kind: 'sysctl', key, value });
  const netconf = netconfOf(setting);
  if (netconf) out.fact(i, netconf);
  if (key === 'kernel.hostname' && value !== '' && value !== '(none)')
    out.fact(i, { kind: 'hostname', name: value, source: 'sysctl' });
}
