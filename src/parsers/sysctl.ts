import { type CaptureContext, defineParser, type Sink, type Text } from '../kit/index.js';
import { bsdSettingOf, isBsd } from './sysctl/bsd.js';
import { dotted, emitSetting, KEY, type KernelFact, ROOT, settingOf } from './sysctl/setting.js';
import { collectFailures } from './text/failure.js';
import { share } from './text/share.js';

/*
 * net.ipv4.conf.flannel/1.rp_filter = 2
 * sysctl: permission denied on key 'net.ipv4.tcp_fastopen_key'
 * /proc/sys/net/ipv4/ip_forward:1
 * ==> /proc/sys/net/ipv4/conf/cni0/rp_filter <==
 * 0
 *
 * `sysctl -w` and `-p` echo what they set in the same form. The files of a proc/sys tree hold one value each; their paths are the keys.
 */

/** What procps and busybox write to stderr; it stands between the values, sometimes inside a line. */
const COMPLAINT =
  /(?:^|\/)sysctl: |^sysctl: |^(?:error|warning): .*(?:\bkey\b|\/proc\/sys)|^(?:cat|grep|head|tail): \S*\/proc\/sys\S*: /;
/** head and tail name each file above its value, as loops do that echo it. */
const TITLE = /^(?:==> (\/proc\/sys\/\S+) <==|(\/proc\/sys\/[^\s=:*]+):?)$/;
/** `sysctl --system` names each file that it reads. */
const APPLIED = /^\* Applying \/\S+ ?\.\.\.$/;
const CAT: ReadonlySet<string> = new Set(['cat', 'head', 'tail']);
const GREP: ReadonlySet<string> = new Set(['grep', 'egrep', 'zgrep']);
/** Options of `sysctl` that take the next word (procps: `-r pattern`; `-p` takes none or files). */
const VALUED: ReadonlySet<string> = new Set(['-r', '--pattern']);
const PATH = /(?:^|[/!])proc\/sys\/([^!]+)$/;

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

/** `sysctl -aN`: keys without their values. */
const namesOnly = (argv: readonly string[]): boolean =>
  argv[0] === 'sysctl' && argv.some((w) => w === '--names' || /^-[a-zA-Z]*N/.test(w));

/** The one value of a file under proc/sys. */
function readValue(path: string, text: Text, out: Sink<KernelFact>): void {
  const failures = collectFailures(out);
  const key = dotted(ROOT + path);
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trim();
    if (!key.startsWith('net.') && !key.startsWith('kernel.')) out.noise(i);
    else if (!some && (line !== '' || text.count === 1) && !failures.take(i, line)) {
      some = true;
      emitSetting({ key, value: line }, i, out);
    } else if (line !== '' && some) out.gap(i, 'a second value in a file of one');
  }
  failures.close(some);
  out.incomplete('filtered', 'one value of proc/sys');
}

/** The key that a file's name above its value is. */
function keyAbove(line: string): string | undefined {
  const m = line.length < 500 ? TITLE.exec(line) : null;
  return m ? dotted(m[1] ?? m[2] ?? '') : undefined;
}

/** Do names of files and values take turns? */
function isTitled(head: readonly string[]): boolean {
  const [first = '', second = '', third] = head.map((l) => l.trim()).filter((l) => l !== '');
  return (
    keyAbove(first) !== undefined &&
    keyAbove(second) === undefined &&
    second.length < 200 &&
    (third === undefined || keyAbove(third) !== undefined)
  );
}

function parse(text: Text, out: Sink<KernelFact>, argv: readonly string[]): void {
  const bare = bareKeys(argv);
  const names = namesOnly(argv);
  const plain: number[] = [];
  let settings = 0;
  let bsd = false;
  let complaint: { line: number; text: string } | undefined;
  let above: string | undefined;
  let titled = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trim();
    const broken = line.includes('sysctl: ');
    const title = keyAbove(line);
    const below = above !== undefined && line !== '' && title === undefined && !COMPLAINT.test(line);
    const setting = broken
      ? undefined
      : below
        ? { key: above ?? '', value: line }
        : (settingOf(line) ?? bsdSettingOf(line));
    if (title !== undefined) {
      out.noise(i);
      above = title;
      titled = true;
    } else if (setting && below) {
      settings++;
      above = undefined;
      if (KEY.test(setting.key)) emitSetting(setting, i, out);
      else out.noise(i);
    } else if (setting) {
      settings++;
      bsd ||= isBsd(setting.key);
      emitSetting(setting, i, out);
    } else if (line === '' || line.startsWith('* Applying ') || (names && KEY.test(dotted(line)))) out.noise(i);
    else if (COMPLAINT.test(line)) {
      complaint ??= { line: i, text: line };
      out.noise(i);
    } else if (broken) out.gap(i, 'an error message broke into the line');
    // Its values may have several lines.
    else if (bsd) out.noise(i);
    else plain.push(i);
  }
  if (titled && !CAT.has(argv[0] ?? '')) out.incomplete('filtered', 'the files that somebody named');
  // One value a key, or it can't be told which is whose.
  const paired = settings === 0 && bare.length === plain.length;
  const failures = collectFailures(out);
  for (const [n, i] of plain.entries()) {
    const key = bare[n];
    const line = text.line(i).trim();
    if (paired && key !== undefined && KEY.test(key)) emitSetting({ key, value: line }, i, out);
    else if (settings > 0 || !failures.take(i, line)) out.gap(i, 'no key and value');
  }
  failures.close(settings > 0);
  if (settings === 0 && plain.length === 0 && complaint) {
    const denied = /permission denied|not permitted/i.test(complaint.text);
    out.failed(complaint.line, denied ? 'permission-denied' : 'command-failed', complaint.text.slice(0, 200));
  }
}

/** The key that the path of a file is, when it is one of a tree with a value a file. */
const keyPath = ({ argv, path }: CaptureContext): string | undefined =>
  argv.length === 0 && path !== undefined ? PATH.exec(path)?.[1] : undefined;

/** `sysctl` in all its forms, and values read from `/proc/sys`. */
export const sysctl = defineParser<KernelFact>({
  command: 'sysctl',
  emits: ['hostname', 'netconf', 'sysctl'],
  scope: 'stack',
  claims: {
    command: claimOf,
    file: /(?:^|-)sysctls?(?:a|-a|-all)?$/,
    path: PATH,
    sniff(head) {
      // A comment makes it sysctl.conf: what somebody wanted, not what the kernel has.
      if (head.some((line) => /^\s*[#;]/.test(line))) return 0;
      if (isTitled(head)) return 3;
      const applied = (line: string): boolean => APPLIED.test(line.trimEnd());
      if (
        head.some(applied) &&
        share(head, (l) => applied(l) || COMPLAINT.test(l) || settingOf(l.trim()) !== undefined) === 1
      )
        return 2;
      if (share(head, (line) => bsdSettingOf(line) !== undefined && isBsd(bsdSettingOf(line)?.key ?? '')) > 0.5)
        return 2;
      const fit = share(head, (line) => settingOf(line.trim()) !== undefined || COMPLAINT.test(line));
      if (fit < 0.8) return 0;
      const spaced = head.filter((line) => / = ?/.test(line)).length;
      // A handful of lines could as well be a configuration file without comments.
      if (spaced >= 100) return 3;
      return spaced >= 25 || head.some((line) => line.startsWith(ROOT) || line.startsWith('sysctl: ')) ? 2 : 1;
    },
  },
  parse(text, out, context) {
    const path = keyPath(context);
    if (path !== undefined) readValue(path, text, out);
    else parse(text, out, context.argv);
  },
});
