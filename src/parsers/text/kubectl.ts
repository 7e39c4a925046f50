import type { Claim, Sink } from '../../kit/index.js';
import { isNamespaced, pluralOf, scopeOfTypes } from './resources.js';

/** A kubectl command line, taken apart. */
export interface KubectlCommand {
  readonly program: 'kubectl' | 'calicoctl';
  readonly verb: string;
  /** Resource types by their plural name: `pods`. Empty when the line names none. */
  readonly resources: readonly string[];
  readonly names: readonly string[];
  /** Empty for the default of the context. */
  readonly namespace: string;
  readonly allNamespaces: boolean;
  readonly output: string;
  readonly selector?: string;
  readonly noHeaders: boolean;
  /** Path of `get --raw PATH`. */
  readonly raw?: string;
}

const PROGRAMS = new Set(['kubectl', 'kubectl.exe', 'kctl', 'k', 'kc', 'oc', 'microk8s.kubectl', 'calicoctl']);
const WRAPPERS = new Set(['k3s', 'microk8s', 'k0s', 'minikube', 'rke2']);

/** Options that take their value as the next word. */
const TAKES_VALUE = new Set([
  '-n',
  '--namespace',
  '-o',
  '--output',
  '-l',
  '--selector',
  '--kubeconfig',
  '--context',
  '--cluster',
  '--user',
  '-s',
  '--server',
  '--token',
  '--as',
  '--field-selector',
  '-f',
  '--filename',
  '--request-timeout',
  '-c',
  '--container',
  '-L',
  '--label-columns',
  '--sort-by',
  '--template',
  '-v',
  '--certificate-authority',
  '--profile',
  '-p',
  '--chunk-size',
  '--raw',
]);

interface Options {
  readonly words: readonly string[];
  value(...names: readonly string[]): string | undefined;
  has(...names: readonly string[]): boolean;
}

function optionsOf(argv: readonly string[]): Options {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const equals = word.indexOf('=');
    if (word === '--') continue;
    if (!word.startsWith('-') || word === '-') words.push(word);
    else if (equals === 2 || (equals > 0 && word.startsWith('--')))
      options.set(word.slice(0, equals), word.slice(equals + 1).replace(/^(["'])(.*)\1$/, '$2'));
    else if (TAKES_VALUE.has(word)) options.set(word, argv[++i] ?? '');
    else if (/^-[nolL]./.test(word)) options.set(word.slice(0, 2), word.slice(2));
    else options.set(word, '');
  }
  return {
    words,
    value: (...names) => names.map((name) => options.get(name)).find((v) => v !== undefined),
    has: (...names) => names.some((name) => options.has(name) && options.get(name) !== 'false'),
  };
}

/** A guide's `<namespace>` names none. */
const filledIn = (value: string | undefined): string => (value === undefined || /^<.*>$/.test(value) ? '' : value);

/** Takes a command line of kubectl or one of its wrappers apart; undefined for other programs. */
export function kubectlCommand(argv: readonly string[]): KubectlCommand | undefined {
  const program = argv[0] ?? '';
  const wrapped = WRAPPERS.has(program) && argv[1] === 'kubectl';
  if (!wrapped && !PROGRAMS.has(program)) return undefined;
  const options = optionsOf(argv.slice(wrapped ? 2 : 1));
  const [verb = '', first = '', ...rest] = options.words;
  const pairs = [first, ...rest].filter((word) => word.includes('/')).map((word) => word.split('/'));
  const types = pairs.length > 0 ? pairs.map(([type = '']) => type) : first === '' ? [] : first.split(',');
  const selector = options.value('-l', '--selector', '--field-selector');
  const raw = options.value('--raw');
  return {
    program: program === 'calicoctl' ? 'calicoctl' : 'kubectl',
    verb,
    resources: [...new Set(types.map(pluralOf))],
    names: (pairs.length > 0 ? pairs.flatMap(([, name]) => name ?? []) : rest).filter((name) => filledIn(name) !== ''),
    namespace: filledIn(options.value('-n', '--namespace')),
    allNamespaces: options.has('-A', '--all-namespaces'),
    output: options.value('-o', '--output') ?? '',
    ...(selector !== undefined && { selector }),
    noHeaders: options.has('--no-headers'),
    ...(raw !== undefined && { raw }),
  };
}

/** What the arguments select: types, names, labels, and a namespace for what lives in one. */
export function kubectlClaim(command: KubectlCommand): Claim {
  const { names, namespace, allNamespaces, resources, selector, program } = command;
  const namespaced = resources.some(isNamespaced) && !allNamespaces;
  const scope = {
    ...scopeOfTypes(resources, program),
    ...(namespaced && { namespace }),
    ...(selector !== undefined && { selector }),
    ...(names.length > 0 && { name: names.join(',') }),
  };
  return Object.keys(scope).length > 0 ? { scope } : {};
}

const FORBIDDEN = /\(Forbidden\)|Unauthorized|You must be logged in|permission denied/i;
const FAILURE =
  /^(?:error: |Error from server|error validating|Unable to connect to the server|The connection to the server|Error in configuration|Error: |error when|Failed to |command terminated with exit code|.*: command not found|.*: No such file or directory|.*: not found$|You must be logged in)/i;
const CHATTER = /^(?:[IWEF]\d{4} \d\d:\d\d|Warning: |Flag --|Defaulted container|No resources found|Use "kubectl)/;

/** Did kubectl print this line instead of output? The reason when it did. */
export const kubectlFailure = (line: string): 'command-failed' | 'permission-denied' | undefined =>
  FAILURE.test(line) ? (FORBIDDEN.test(line) ? 'permission-denied' : 'command-failed') : undefined;

/** klog lines, deprecation warnings, `No resources found in default namespace.`: they carry nothing. */
export const isKubectlChatter = (line: string): boolean => CHATTER.test(line);

/** Declares the failures: of the capture when it holds nothing else, else they are noise between output. */
export function settleFailures(
  out: Pick<Sink<never>, 'failed' | 'noise' | 'incomplete'>,
  failures: readonly { readonly line: number; readonly text: string }[],
  sawOutput: boolean,
): void {
  for (const { line, text } of failures) {
    const reason = kubectlFailure(text) ?? 'command-failed';
    if (!sawOutput) out.failed(line, reason, text.trim().slice(0, 200));
    else {
      out.noise(line);
      out.incomplete('truncated', text.trim().slice(0, 200));
    }
  }
}
