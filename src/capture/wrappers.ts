import { unwrapContainer, unwrapKubectl } from './containers.js';
import { afterOptions, NONE, words } from './options.js';
import { unwrapRemote } from './remote.js';
import type { Unwrapped } from './unwrapped.js';

export const baseName = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

const SUDO = words('-u -g -h -p -C -r -t -U -D -R -T --user --group');
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
  // A VRF routes sockets otherwise, and lists what the namespace lists.
  if (argv[object] === 'vrf' && /^ex(?:ec?)?$/.test(argv[object + 1] ?? '')) return { rest: argv.slice(object + 3) };
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

/** `gravity exec CMD…`; `gravity enter -- --notty PROGRAM -- ARGUMENTS…` hands the first to planet. */
function insidePlanet(argv: readonly string[]): readonly string[] {
  const rest = argv.slice(afterOptions(argv, 2, NONE));
  if (rest[0] !== '--notty') return rest;
  return rest.slice(1).filter((w, i) => w !== '--' || i > 1);
}

/** Programs that run another in the same place, with those options of theirs that take a value. */
const SAME_PLACE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['sudo', SUDO],
  ['doas', words('-u -C')],
  ['time', words('-f -o')],
  ['sshpass', words('-p -f -d -e')],
  ['taskset', words('-c -p')],
  ['strace', words('-e -o -p -s')],
  ['proxychains', NONE],
  ['proxychains4', NONE],
  ['toolbox', words('-c --container -r --release -d --distro')],
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

/** `su - root -c 'CMD'`; without a command it opens a shell. */
function unwrapSu(argv: readonly string[]): Unwrapped | undefined {
  const at = argv.findIndex((w) => w === '-c' || w === '--command');
  const script = argv[at + 1];
  return at > 0 && script !== undefined ? { rest: [], script } : undefined;
}

/** Takes one wrapper off; undefined when the program is none. */
export function unwrapOnce(argv: readonly string[]): Unwrapped | undefined {
  const first = argv[0] ?? '';
  if (/^[A-Za-z_]\w*=/.test(first)) return { rest: argv.slice(1) };
  const program = baseName(first);
  const options = SAME_PLACE.get(program);
  if (options) {
    // `toolbox run -c NAME CMD`, on CoreOS `toolbox CMD`: its container has the host's network.
    const verb = program === 'toolbox' && /^(?:run|enter)$/.test(argv[1] ?? '') ? 2 : 1;
    const rest = argv.slice(afterOptions(argv, verb, options));
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
      // calicoctl as a plugin of kubectl
      return argv[1] === 'calico' ? { rest: ['calicoctl', ...argv.slice(2)] } : unwrapKubectl(argv);
    case 'k3s':
    case 'k0s':
    case 'microk8s':
    case 'minikube':
    case 'rke2':
      if (argv[1] === 'kubectl') return { rest: ['kubectl', ...argv.slice(argv[2] === '--' ? 3 : 2)] };
      return argv[1] === 'ctr' || argv[1] === 'crictl' ? { rest: argv.slice(1) } : unwrapRemote(program, argv);
    case 'microk8s.kubectl':
      return { rest: ['kubectl', ...argv.slice(1)] };
    case 'nsenter':
      return unwrapNsenter(argv);
    case 'gravity':
    case 'planet':
      // Planet's container shares the host's network namespace.
      if (argv[1] === 'shell') return { rest: argv.slice(2) };
      return argv[1] === 'exec' || argv[1] === 'enter' ? { rest: insidePlanet(argv) } : undefined;
    case 'docker':
    case 'docker-compose':
    case 'podman':
    case 'nerdctl':
    case 'ctr':
    case 'crictl':
      return unwrapContainer(program, argv);
    case 'ip':
      return unwrapIp(argv);
    case 'ss':
      return unwrapSs(argv);
    case 'su':
      return unwrapSu(argv);
    case 'unshare':
      return argv.some((w) => w === '--net' || /^-[a-zA-Z]*n/.test(w))
        ? { rest: argv.slice(afterOptions(argv, 1, NONE)), wrapper: { kind: 'netns', name: 'unshare' } }
        : { rest: argv.slice(afterOptions(argv, 1, NONE)) };
    case 'script':
      return argv[1] === '-c' && argv[2] !== undefined ? { rest: [], script: argv[2] } : undefined;
    case 'sh':
    case 'bash':
    case 'zsh':
    case 'dash':
    case 'ash':
      return /^-[a-z]*c$/.test(argv[1] ?? '') && argv[2] !== undefined ? { rest: [], script: argv[2] } : undefined;
    default:
      return unwrapRemote(program, argv);
  }
}
