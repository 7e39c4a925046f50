import type { HostnameFact, NetconfFact, SysctlFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { share } from './text/share.js';

/*
 * net.ipv4.conf.flannel/1.rp_filter = 2
 * sysctl: permission denied on key 'net.ipv4.tcp_fastopen_key'
 * /proc/sys/net/ipv4/ip_forward:1
 *
 * Linux only: the BSDs' `key: value` comes from no Kubernetes node. `sysctl -w` and `-p` echo what they set in the same form.
 */
type KernelFact = HostnameFact | NetconfFact | SysctlFact;

const KEY = /^(?:abi|crypto|debug|dev|fs|fscache|kernel|net|sunrpc|user|vm)[./][^\s=]+$/;
/** What procps and busybox write to stderr; it stands between the values, sometimes inside a line. */
const COMPLAINT =
  /(?:^|\/)sysctl: |^sysctl: |^(?:error|warning): .*(?:\bkey\b|\/proc\/sys)|^(?:cat|grep|head|tail): \S*\/proc\/sys\S*: /;
const NUMBER = /^-?\d+$/;
const CAT: ReadonlySet<string> = new Set(['cat', 'head', 'tail']);
const GREP: ReadonlySet<string> = new Set(['grep', 'egrep', 'zgrep']);
/** Options of `sysctl` that take the next word (procps: `-r pattern`; `-p` takes none or files). */
const VALUED: ReadonlySet<string> = new Set(['-r', '--pattern']);
const ROOT = '/proc/sys/';

const slashed = (key: string): string => key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));

/** `/proc/sys/net/ipv4/conf/flannel.1/forwarding` and `net/ipv4/…` as sysctl prints them: dots and slashes change places. */
function dotted(key: string): string {
  const path = key.replace(/^\/+proc\/+sys\/+/, '');
  const separator = /[./]/.exec(path)?.[0];
  return separator === '/' ? slashed(path) : path;
}

/** `sysctl -n KEY…` and `cat /proc/sys/…` print values without their keys. */
function bareKeys(argv: readonly string[]): readonly string[] {
  const program = argv[0] ?? '';
  const words = argv.slice(1);
  const names = words.filter((w) => !w.startsWith('-'));
  if (names.some((n) => /[*?[{$]/.test(n))) return [];
  if (CAT.has(program)) return names.every((n) => n.startsWith(ROOT)) ? names.map(dotted) : [];
  const bare = words.some((w) => w === '--values' || /^-[a-zA-Z]*n/.test(w));
  return program === 'sysctl' && bare ? names.filter((n) => !n.includes('=')).map(dotted) : [];
}

function claimOf(argv: readonly string[]): { scope?: Record<string, string> } | undefined {
  const program = argv[0] ?? '';
  const words = argv.slice(1);
  const paths = words.filter((w) => w.startsWith(ROOT));
  if (CAT.has(program)) return paths.length > 0 ? { scope: { key: paths.map(dotted).join(' ') } } : undefined;
  if (GREP.has(program)) return paths.length > 0 ? { scope: { pattern: words.join(' ') } } : undefined;
  if (program !== 'sysctl') return undefined;
  const names = words.filter((w, i) => !w.startsWith('-') && !VALUED.has(words[i - 1] ?? ''));
  const pattern = words.find((_, i) => VALUED.has(words[i - 1] ?? ''));
  if (pattern !== undefined) return { scope: { pattern } };
  if (names.length > 0) return { scope: { key: names.map((n) => dotted(n.replace(/=.*$/, ''))).join(' ') } };
  // `-p` and `--system` print what the configuration sets, not all there is.
  return words.some((w) => w === '--system' || /^(?:-[a-z]*p|--load)/.test(w))
    ? { scope: { source: 'configuration' } }
    : {};
}

interface Setting {
  readonly key: string;
  readonly value: string;
}

function settingOf(line: string): Setting | undefined {
  const at = line.startsWith(ROOT) ? line.search(/[=:]/) : line.indexOf('=');
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
const masked = (value: string): boolean => /^(?:[*]{3,}|[xX]{3,}|<.*>|\[?redacted\]?)$/i.test(value);

function emit(setting: Setting, i: number, out: Sink<KernelFact>): void {
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

/** `sysctl` in all its forms, and values read from `/proc/sys`. */
export const sysctl = defineParser<KernelFact>({
  command: 'sysctl',
  emits: ['hostname', 'netconf', 'sysctl'],
  scope: 'stack',
  claims: {
    command: claimOf,
    file: /(?:^|-)sysctls?(?:a|-a|-all)?$/,
    sniff(head) {
      // A comment makes it sysctl.conf: what somebody wanted, not what the kernel has.
      if (head.some((line) => /^\s*[#;]/.test(line))) return 0;
      const fit = share(head, (line) => settingOf(line.trim()) !== undefined || COMPLAINT.test(line));
      if (fit < 0.8) return 0;
      const spaced = head.filter((line) => / = ?/.test(line)).length;
      // A handful of lines could as well be a configuration file without comments.
      if (spaced >= 100) return 3;
      return spaced >= 25 || head.some((line) => line.startsWith(ROOT) || line.startsWith('sysctl: ')) ? 2 : 1;
    },
  },
  parse(text, out, { argv }) {
    const bare = bareKeys(argv);
    const plain: number[] = [];
    let settings = 0;
    let complaint: { line: number; text: string } | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const broken = line.includes('sysctl: ');
      const setting = broken ? undefined : settingOf(line);
      if (setting) {
        settings++;
        emit(setting, i, out);
      } else if (line === '' || line.startsWith('* Applying ')) out.noise(i);
      else if (COMPLAINT.test(line)) {
        complaint ??= { line: i, text: line };
        out.noise(i);
      } else if (broken) out.gap(i, 'an error message broke into the line');
      else plain.push(i);
    }
    // One value a key, or it can't be told which is whose.
    const paired = settings === 0 && bare.length === plain.length;
    const failures = collectFailures(out);
    for (const [n, i] of plain.entries()) {
      const key = bare[n];
      const line = text.line(i).trim();
      if (paired && key !== undefined && KEY.test(key)) emit({ key, value: line }, i, out);
      else if (settings > 0 || !failures.take(i, line)) out.gap(i, 'no key and value');
    }
    failures.close(settings > 0);
    if (settings === 0 && plain.length === 0 && complaint) {
      const denied = /permission denied|not permitted/i.test(complaint.text);
      out.failed(complaint.line, denied ? 'permission-denied' : 'command-failed', complaint.text.slice(0, 200));
    }
  },
});
