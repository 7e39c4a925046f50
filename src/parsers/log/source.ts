import type { CaptureContext, Claim } from '../../kit/index.js';
import { componentOf } from './unwrap.js';

/** What command line and file name say of a log before its first line is read. */
export interface LogSource {
  /** Lines of this log need no head: `kubectl logs` prints what the container wrote. */
  readonly free: boolean;
  /** Component that writes it, when the name tells. */
  readonly component?: string;
}

const FREE_FILE = /flannel|calico|coredns|kube-?dns|kube-?proxy|^k8s-?logs|\bbird\b|felix/i;
/** A document about a component is not its log. */
const DOCUMENT = /\.(?:md|markdown|rst|adoc|html?|ya?ml|json|go|sh|py|conf|env)(?:\.gz)?$/i;
const RUNTIMES = new Set(['docker', 'crictl', 'nerdctl', 'podman', 'ctr']);
const KUBECTL = new Set(['kubectl', 'oc', 'k', 'k3s', 'microk8s.kubectl']);
const READERS = new Set(['cat', 'tail', 'head', 'less', 'more', 'zcat', 'zless', 'bzcat', 'xzcat', 'tac', 'view']);
/** Logs of the system and of node components; a web server's access log has no head that says anything. */
const LOG_PATH =
  /\/var\/log\/(?:syslog|messages|kern|daemon|kubelet|kube-|flannel|docker|containerd|calico|canal|containers\/|pods\/|k3s|rke2)|(?:^|\/)(?:flanneld?|kubelet|kube-proxy|kube-flannel|calico[\w-]*|coredns|journal[\w-]*|syslog)[\w.-]*\.log(?:\.\d+)?(?:\.gz|\.xz)?$/;

/** Options of journalctl that take a value in the next word. */
const JOURNAL_VALUE = new Set(['-u', '-t', '-p', '-n', '-S', '-U', '-o', '-c', '-D', '-M', '-g', '-F', '-N', '-m']);
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

interface Option {
  readonly name: string;
  readonly value: string;
}

/** Options with their values, whether `--x=v`, `--x v`, `-x v` or `-xv`; the rest are words. */
function optionsOf(
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

const journalOptions = (argv: readonly string[]) =>
  optionsOf(argv, (o) => JOURNAL_VALUE.has(o) || (o.startsWith('--') && o in SCOPES) || o === '--output');

function journalClaim(argv: readonly string[]): Claim | undefined {
  const { options, words } = journalOptions(argv);
  const scope: Record<string, string> = {};
  for (const { name, value } of options) {
    if (
      [
        '--list-boots',
        '--disk-usage',
        '--verify',
        '--header',
        '--fields',
        '-F',
        '--vacuum-size',
        '--rotate',
        '--flush',
        '--version',
        '--help',
      ].includes(name)
    )
      return undefined;
    if ((name === '-o' || name === '--output') && /^(?:json|export|verbose)/.test(value)) return undefined;
    const key = SCOPES[name];
    if (key === 'unit' && scope.unit) scope.unit += `,${value}`;
    else if (key) scope[key] = value;
    if (name === '-k' || name === '--dmesg') scope.unit = 'kernel';
    if (name === '-e' || name === '--pager-end') scope.lines ??= '1000';
    if ((name === '-f' || name === '--follow') && !scope.lines) scope.lines = '10';
  }
  const match = words.find((w) => w.includes('=') || w.startsWith('/'));
  return { scope: match ? { ...scope, match } : scope };
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

/** Does the parser read the output of this command? */
export function logClaim(argv: readonly string[]): Claim | undefined {
  const program = argv[0] ?? '';
  if (program === 'journalctl') return journalClaim(argv);
  if (KUBECTL.has(program)) return kubectlClaim(argv);
  if (RUNTIMES.has(program)) return runtimeClaim(argv);
  return READERS.has(program) ? readerClaim(argv) : undefined;
}

/** Is this capture a component's log by its command or its file's name, and whose? */
export function logSource(context: CaptureContext): LogSource {
  const { argv, fileName, scope } = context;
  const program = argv[0] ?? '';
  const names = program === '' ? fileName : argv.slice(1).join(' ');
  const component =
    ['flannel', 'canal', 'calico', 'coredns', 'kube-dns', 'node-local-dns', 'kube-proxy', 'kubelet', 'bird', 'felix']
      .filter((n) => names.includes(n))
      .map(componentOf)[0] ??
    (scope.unit && componentOf(scope.unit));
  const known = component ? { component } : {};
  if (program === 'journalctl') {
    const plain = journalOptions(argv).options.some(
      (o) => (o.name === '-o' || o.name === '--output') && o.value === 'cat',
    );
    return { free: plain, ...known };
  }
  if (KUBECTL.has(program) || RUNTIMES.has(program)) return { free: true, ...known };
  const name = program === '' ? fileName : names;
  return DOCUMENT.test(name) ? { free: false } : { free: FREE_FILE.test(name), ...known };
}
