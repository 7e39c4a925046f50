/** What moves a command into another place: a pod, a network namespace, another host. */
export type Wrapper =
  | { readonly kind: 'pod'; readonly namespace?: string; readonly name: string }
  | { readonly kind: 'netns'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string };

/** A command line with its outermost wrapper taken off. */
export interface Unwrapped {
  readonly rest: readonly string[];
  readonly wrapper?: Wrapper;
  /** The rest is text for a shell (`sh -c '…'`, `ssh host '…'`): pipes in it count as typed. */
  readonly script?: string;
}

export const baseName = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Index behind a wrapper's options; those in `valued` take the next word as their value. */
function afterOptions(argv: readonly string[], from: number, valued: ReadonlySet<string>): number {
  let i = from;
  while (i < argv.length) {
    const w = argv[i] ?? '';
    if (w === '--') return i + 1;
    if (!w.startsWith('-') || w === '-') return i;
    i += valued.has(w) ? 2 : 1;
  }
  return i;
}

const NONE: ReadonlySet<string> = new Set();
const SUDO = words('-u -g -h -p -C -r -t -U -D -R -T --user --group');
const KUBECTL = words(
  '-n --namespace -c --container --kubeconfig --context --cluster --user --token -s --server --request-timeout --pod-running-timeout -o --output -l --selector --as -f --filename -v --image',
);
const DOCKER = words('-u --user -e --env --env-file -w --workdir -H --host --detach-keys --context');
const CRICTL = words('-r --runtime-endpoint -i --image-endpoint -c --config --timeout');
const SSH = words('-i -p -l -o -F -J -L -R -D -c -m -b -E -e -I -O -Q -S -W -w -B');

/** Value of the first of `names` among words `[0, end)`; `-nNAME` and `--name=NAME` count too. */
function optionValue(argv: readonly string[], end: number, names: readonly string[]): string | undefined {
  for (const [i, w] of argv.slice(0, end).entries())
    for (const n of names) {
      if (w === n) return argv[i + 1];
      if (n.startsWith('--') ? w.startsWith(`${n}=`) : w.startsWith(n) && w.length > 2 && !w.startsWith('--'))
        return w.slice(n.startsWith('--') ? n.length + 1 : 2).replace(/^=/, '');
    }
  return undefined;
}

/** `kubectl [opts] exec [opts] POD [opts] [--] CMD…`; `debug node/N` runs in the node's own namespaces. */
function unwrapKubectl(argv: readonly string[]): Unwrapped | undefined {
  const verb = afterOptions(argv, 1, KUBECTL);
  if (argv[verb] !== 'exec' && argv[verb] !== 'debug' && argv[verb] !== 'rsh') return undefined;
  const podAt = afterOptions(argv, verb + 1, KUBECTL);
  const name = argv[podAt]?.replace(/^(pod|pods|po)\//, '');
  if (!name) return undefined;
  const from = afterOptions(argv, podAt + 1, KUBECTL);
  const rest = argv.slice(from);
  if (argv[verb] === 'debug')
    return /^nodes?\//.test(name)
      ? { rest, wrapper: { kind: 'host', name: name.slice(name.indexOf('/') + 1) } }
      : undefined;
  const namespace = optionValue(argv, from, ['-n', '--namespace']);
  return { rest, wrapper: { kind: 'pod', name, ...(namespace !== undefined && { namespace }) } };
}

/** `nsenter -t PID -n CMD`, `nsenter --net=/var/run/netns/X CMD`; `-t 1 -n` is the host itself. */
function unwrapNsenter(argv: readonly string[]): Unwrapped {
  let i = 1;
  let target: string | undefined;
  let netns: string | undefined;
  let entersNet = false;
  for (; i < argv.length; i++) {
    const w = argv[i] ?? '';
    if (w === '--') {
      i++;
      break;
    }
    if (!w.startsWith('-')) break;
    if (w === '-t' || w === '--target') target = argv[++i];
    else if (w.startsWith('--target=')) target = w.slice(9);
    else if (w.startsWith('-t') && w.length > 2) target = w.slice(2);
    else if (w.startsWith('--net=')) netns = w.slice(6);
    else if (w.startsWith('-n') && w.length > 2 && w.includes('/')) netns = w.slice(2).replace(/^=/, '');
    else if (w === '--net' || w === '--all' || /^-[a-zA-Z]*[na][a-zA-Z]*$/.test(w)) {
      entersNet = true;
      // `-nt PID`: the target ends a cluster of flags.
      if (/^-[a-zA-Z]+t$/.test(w)) target = argv[++i];
    }
  }
  const rest = argv.slice(i);
  if (netns !== undefined) return { rest, wrapper: { kind: 'netns', name: netns } };
  return !entersNet || target === '1' || target === undefined
    ? { rest }
    : { rest, wrapper: { kind: 'netns', name: `pid ${target}` } };
}

function unwrapContainer(program: string, argv: readonly string[]): Unwrapped | undefined {
  const valued = program === 'crictl' ? CRICTL : DOCKER;
  const verb = afterOptions(argv, 1, valued);
  const exec = argv[verb] === 'container' ? verb + 1 : verb;
  if (argv[exec] !== 'exec') return undefined;
  // In `crictl exec`, -i and -t take no value, -r is a short form of nothing that does.
  const at = afterOptions(argv, exec + 1, program === 'crictl' ? NONE : valued);
  return { rest: argv.slice(at + 1), wrapper: { kind: 'netns', name: `${program} ${argv[at] ?? ''}`.trimEnd() } };
}

/** `ss -N NAME`, `ss --net=NAME`. */
function unwrapSs(argv: readonly string[]): Unwrapped | undefined {
  const at = argv.findIndex((w) => w === '-N' || w === '--net' || w.startsWith('--net='));
  if (at === -1) return undefined;
  const glued = argv[at]?.startsWith('--net=') ? argv[at]?.slice(6) : undefined;
  const name = glued ?? argv[at + 1];
  if (name === undefined || name === '') return undefined;
  const rest = [...argv.slice(0, at), ...argv.slice(at + (glued === undefined ? 2 : 1))];
  return { rest, wrapper: { kind: 'netns', name } };
}

/** `ip netns exec NAME CMD…`, `ip -n NAME OBJECT…` (also `-net`, `-netns`), `ip -all netns exec CMD…`. */
function unwrapIp(argv: readonly string[]): Unwrapped | undefined {
  const inside = argv.findIndex((w, i) => i > 0 && /^-n(?:e(?:t(?:ns?)?)?)?$/.test(w));
  const object = argv.findIndex((w, i) => i > 0 && !w.startsWith('-') && i - 1 !== inside);
  if (argv[object]?.startsWith('netn') && /^e(?:x|xe|xec)?$/.test(argv[object + 1] ?? '')) {
    if (argv.slice(1, object).some((w) => /^-a(?:ll?)?$/.test(w)))
      return { rest: argv.slice(object + 2), wrapper: { kind: 'netns', name: 'all' } };
    const name = argv[object + 2];
    return name === undefined ? undefined : { rest: argv.slice(object + 3), wrapper: { kind: 'netns', name } };
  }
  const name = argv[inside + 1];
  if (inside <= 0 || object < inside || name === undefined) return undefined;
  return { rest: [...argv.slice(0, inside), ...argv.slice(inside + 2)], wrapper: { kind: 'netns', name } };
}

/** The remote shell gets the words joined by blanks (ssh(1)). */
const remote = (name: string, rest: readonly string[]): Unwrapped =>
  rest.length === 0
    ? { rest, wrapper: { kind: 'host', name } }
    : { rest: [], wrapper: { kind: 'host', name }, script: rest.join(' ') };

function unwrapSsh(argv: readonly string[]): Unwrapped | undefined {
  const at = afterOptions(argv, 1, SSH);
  const name = argv[at]?.replace(/^.*@/, '');
  return name ? remote(name, argv.slice(afterOptions(argv, at + 1, SSH))) : undefined;
}

/** `vagrant ssh [NAME] [-c SCRIPT | -- CMD…]` in any order. */
function unwrapVagrant(argv: readonly string[]): Unwrapped | undefined {
  if (argv[1] !== 'ssh') return undefined;
  let name = 'default';
  for (let i = 2; i < argv.length; i++) {
    const w = argv[i] ?? '';
    if (w === '--') return remote(name, argv.slice(i + 1));
    if (w === '-c' || w === '--command') {
      const later = argv.slice(i + 2).find((o) => !o.startsWith('-'));
      return remote(later ?? name, argv.slice(i + 1, i + 2));
    }
    if (!w.startsWith('-')) name = w;
  }
  return remote(name, []);
}

/** Programs that run another in the same place, with those options of theirs that take a value. */
const SAME_PLACE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['sudo', SUDO],
  ['doas', words('-u -C')],
  ['time', words('-f -o')],
  ['nohup', NONE],
  ['stdbuf', words('-i -o -e')],
  ['command', NONE],
  ['exec', NONE],
  ['unbuffer', NONE],
  ['ionice', words('-c -n -p')],
  ['nice', words('-n')],
  ['env', words('-u -C')],
  ['watch', words('-n --interval')],
  ['setsid', NONE],
  ['busybox', NONE],
]);

/** Takes one wrapper off; undefined when the program is none. */
export function unwrapOnce(argv: readonly string[]): Unwrapped | undefined {
  const first = argv[0] ?? '';
  if (/^[A-Za-z_]\w*=/.test(first)) return { rest: argv.slice(1) };
  const program = baseName(first);
  const options = SAME_PLACE.get(program);
  if (options) {
    const rest = argv.slice(afterOptions(argv, 1, options));
    return rest.length === 1 && /\s/.test(rest[0] ?? '') ? { rest: [], script: rest[0] ?? '' } : { rest };
  }
  switch (program) {
    case 'timeout':
      return { rest: argv.slice(afterOptions(argv, 1, words('-k -s')) + 1) };
    case 'chroot':
      return { rest: argv.slice(afterOptions(argv, 1, NONE) + 1) };
    case 'kubectl':
    case 'kctl':
    case 'oc':
    case 'k':
      return unwrapKubectl(argv);
    case 'k3s':
    case 'microk8s':
    case 'rke2':
      return argv[1] === 'kubectl' ? { rest: argv.slice(1) } : undefined;
    case 'microk8s.kubectl':
      return { rest: ['kubectl', ...argv.slice(1)] };
    case 'nsenter':
      return unwrapNsenter(argv);
    case 'gravity':
    case 'planet':
      // Planet's container shares the host's network namespace.
      if (argv[1] === 'shell') return { rest: argv.slice(2) };
      return argv[1] === 'exec' || argv[1] === 'enter' ? { rest: argv.slice(afterOptions(argv, 2, NONE)) } : undefined;
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'crictl':
      return unwrapContainer(program, argv);
    case 'ip':
      return unwrapIp(argv);
    case 'ss':
      return unwrapSs(argv);
    case 'ssh':
      return unwrapSsh(argv);
    case 'vagrant':
      return unwrapVagrant(argv);
    case 'sh':
    case 'bash':
    case 'ash':
      return /^-[a-z]*c$/.test(argv[1] ?? '') && argv[2] !== undefined ? { rest: [], script: argv[2] } : undefined;
    default:
      return undefined;
  }
}
