import type { Claim } from '../../kit/index.js';

export const RUNTIMES = new Set(['docker', 'crictl', 'nerdctl', 'podman', 'ctr']);
export const KUBECTL = new Set(['kubectl', 'oc', 'k', 'k3s', 'microk8s.kubectl']);
const READERS = new Set(['cat', 'tail', 'head', 'less', 'more', 'zcat', 'zless', 'bzcat', 'xzcat', 'tac', 'view']);
/** Logs of the system and of node components; a web server's access log has no head that says anything. */
const LOG_PATH =
  /\/var\/log\/(?:syslog|messages|kern|daemon|kubelet|kube-|flannel|docker|containerd|calico|canal|containers\/|pods\/|k3s|rke2)|(?:^|\/)(?:flanneld?|kubelet|kube-proxy|kube-flannel|calico[\w-]*|coredns|journal[\w-]*|syslog)[\w.-]*\.log(?:\.\d+)?(?:\.gz|\.xz)?$/;

/** Options of journalctl that take a value in the next word. */
const JOURNAL_VALUE = new Set(['-u', '-t', '-p', '-n', '-S', '-U', '-o', '-c', '-D', '-M', '-g', '-F', '-T']);
const SCOPES: Readonly<Record<string, string>> = {
  '-u': 'unit',
  '--unit': 'unit',
  '--user-unit': 'unit',
  '-t': 'unit',
  '--identifier': 'unit',
  '-S': 'since',
  '--since': 'since',
  '-U': 'until',
  '--until': 'until',
  '-n': 'lines',
  '--lines': 'lines',
  '-p': 'priority',
  '--priority': 'priority',
  '-g': 'grep',
  '--grep': 'grep',
  '--case-sensitive': 'grep',
};

export interface Option {
  readonly name: string;
  readonly value: string;
}

/** Options with their values, whether `--x=v`, `--x v`, `-x v` or `-xv`; the rest are words. */
export function optionsOf(
  argv: readonly string[],
  takesValue: (name: string) => boolean,
): { options: Option[]; words: string[] } {
  const options: Option[] = [];
  const words: string[] = [];
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const eq = word.indexOf('=');
    if (word.startsWith('--') && eq > 0) options.push({ name: word.slice(0, eq), value: word.slice(eq + 1) });
    else if (word.startsWith('-') && takesValue(word)) options.push({ name: word, value: argv[++i] ?? '' });
    else if (/^-[a-zA-Z]\S/.test(word) && !word.startsWith('--')) {
      const last = `-${word.slice(-1)}`;
      const glued = word.slice(0, 2);
      if (takesValue(glued)) options.push({ name: glued, value: word.slice(2) });
      else {
        for (const c of word.slice(1, -1)) options.push({ name: `-${c}`, value: '' });
        options.push({ name: last, value: takesValue(last) ? (argv[++i] ?? '') : '' });
      }
    } else if (word.startsWith('-')) options.push({ name: word, value: '' });
    else words.push(word);
  }
  return { options, words };
}

export const journalOptions = (argv: readonly string[]) =>
  optionsOf(argv, (o) => JOURNAL_VALUE.has(o) || (o.startsWith('--') && o in SCOPES) || o === '--output');

/** What journalctl prints about the journal instead of the journal. */
const ABOUT = new Set([
  '--disk-usage',
  '--verify',
  '--header',
  '--list-catalog',
  '--dump-catalog',
  '--vacuum-size',
  '--vacuum-time',
  '--vacuum-files',
  '--rotate',
  '--flush',
  '--sync',
]);
const NOT_A_LOG = new Set([
  '--list-boots',
  '--fields',
  '-N',
  '--field',
  '-F',
  '--version',
  '--help',
  '-h',
  '--list-namespaces',
]);

/** `_SYSTEMD_UNIT=kubelet.service`, `_TRANSPORT=kernel`: a match that selects as `-u` and `-k` do. */
function matched(word: string): Readonly<Record<string, string>> {
  const m = /^(?:_SYSTEMD_UNIT|SYSLOG_IDENTIFIER|_COMM|UNIT)=(.+)$/.exec(word);
  if (m) return { unit: m[1] ?? '' };
  return word === '_TRANSPORT=kernel' ? { unit: 'kernel' } : { match: word };
}

/** The boot that `-b` selects, when it is not the present one. */
const bootOf = (options: readonly Option[], words: readonly string[], argv: readonly string[]): string | undefined => {
  const at = options.findIndex((o) => o.name === '-b' || o.name === '--boot');
  if (at === -1) return undefined;
  const value = options[at]?.value || (argv[argv.findIndex((w) => /^(?:-[a-zA-Z]*b|--boot)$/.test(w)) + 1] ?? '');
  return /^-?[1-9]\d*$|^[\da-f]{32}/.test(value) || words.some((w) => /^[\da-f]{32}/.test(w)) ? value : undefined;
};

function journalClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = journalOptions(argv);
  const scope: Record<string, string> = {};
  for (const { name, value } of options) {
    if (NOT_A_LOG.has(name)) return undefined;
    if (ABOUT.has(name)) return { scope: { lines: '0' } };
    const key = SCOPES[name];
    if (key === 'unit' && scope['unit']) scope['unit'] += `,${value}`;
    else if (key) scope[key] = value;
    if (name === '-k' || name === '--dmesg') scope['unit'] = 'kernel';
    if (name === '-e' || name === '--pager-end') scope['lines'] ??= '1000';
    if ((name === '-f' || name === '--follow') && !scope['lines']) scope['lines'] = '10';
  }
  const boot = bootOf(options, words, argv);
  if (boot !== undefined) scope['boot'] = boot;
  const match = words.find((w) => w.includes('=') || w.startsWith('/'));
  return { scope: match ? { ...scope, ...matched(match) } : scope };
}

const KUBECTL_VALUE = new Set([
  '-n',
  '--namespace',
  '-c',
  '--container',
  '--kubeconfig',
  '--context',
  '--tail',
  '--since',
  '--since-time',
  '-l',
  '--selector',
  '--cluster',
  '--user',
  '--server',
  '-s',
]);

function kubectlClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = optionsOf(argv, (o) => KUBECTL_VALUE.has(o));
  if (words[0] === 'kubectl') words.shift();
  if (words[0] !== 'logs' && words[0] !== 'log') return undefined;
  const scope: Record<string, string> = {};
  const target = words[1];
  if (target) scope.pod = target.replace(/^(?:po|pods?)\//, '');
  for (const { name, value } of options) {
    if (name === '-c' || name === '--container') scope.container = value;
    if (name === '-l' || name === '--selector') scope.selector = value;
    if (name === '--tail') scope.lines = value;
    if (name.startsWith('--since')) scope.since = value;
  }
  if (!target && scope.container === undefined && words[2]) scope.container = words[2];
  return { scope };
}

function runtimeClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = optionsOf(argv, (o) => ['--tail', '-n', '--since', '--until', '-r'].includes(o));
  if (words[0] !== 'logs') return undefined;
  const lines = options.find((o) => o.name === '--tail' || o.name === '-n')?.value;
  const since = options.find((o) => o.name === '--since')?.value;
  return { scope: { ...(words[1] && { container: words[1] }), ...(lines && { lines }), ...(since && { since }) } };
}

function readerClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = optionsOf(argv, (o) => o === '-n' || o === '-c');
  const paths = words.filter((w) => LOG_PATH.test(w) && !/\/dmesg[^/]*$/.test(w));
  if (paths.length === 0 || paths.length !== words.filter((w) => !/^\+?\d+$/.test(w)).length) return undefined;
  const program = argv[0] ?? '';
  const lines =
    options.find((o) => o.name === '-n')?.value ?? (program === 'tail' || program === 'head' ? '10' : undefined);
  return { scope: lines ? { lines } : {} };
}

/** `talosctl [-n NODES] logs SERVICE [--tail N]`, `logs -k NAMESPACE/POD:CONTAINER`. */
function talosClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = optionsOf(argv, (o) =>
    ['-n', '--nodes', '-e', '--endpoints', '--context', '--talosconfig', '--cluster', '--tail'].includes(o),
  );
  if (words[0] !== 'logs') return undefined;
  const lines = options.find((o) => o.name === '--tail')?.value;
  return { scope: { ...(words[1] !== undefined && { container: words[1] }), ...(lines && { lines }) } };
}

/** Does the parser read the output of this command? */
export function logClaim(argv: readonly string[]): Claim | undefined {
  const program = argv[0] ?? '';
  if (program === 'journalctl') return journalClaim(argv);
  if (KUBECTL.has(program)) return kubectlClaim(argv);
  if (RUNTIMES.has(program)) return runtimeClaim(argv);
  if (program === 'talosctl') return talosClaim(argv);
  return READERS.has(program) ? readerClaim(argv) : undefined;
}
