import { afterOptions, NONE, optionValue, words } from './options.js';
import { looksLikeCommand } from './programs.js';
import type { Unwrapped, Wrapper } from './unwrapped.js';

const SSH = words('-i -p -l -o -F -J -L -R -D -c -m -b -E -e -I -O -Q -S -W -w -B');
const GCLOUD = words('--zone --project --region --ssh-key-file --ssh-key-expiration --strict-host-key-checking');
const TALOS = words('-n --nodes -e --endpoints --talosconfig --context --cluster');
const LXD = words('--cwd --env --user --group --mode --project -c --config');
const MINIKUBE = words('-p --profile -n --node');
/** Their options that take the next word; others are left to the command that follows. */
const MANY: Readonly<Record<string, { readonly valued: ReadonlySet<string>; readonly hosts: readonly string[] }>> = {
  pdsh: { valued: words('-w -x -g -f -l -R -t -u -X'), hosts: ['-w'] },
  clush: { valued: words('-w -x -g -X -f -l -o -t -u -O'), hosts: ['-w'] },
  dsh: { valued: words('-m -g -f -r -o'), hosts: ['-m'] },
  pssh: { valued: words('-H -h -l -p -t -o -e -x -O --host --hosts'), hosts: ['-H', '--host'] },
  'parallel-ssh': { valued: words('-H -h -l -p -t -o -e -x -O --host --hosts'), hosts: ['-H', '--host'] },
};

/** A name that is a machine's, and no pattern, variable or list of several. */
const NAME = /^[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?$/;

/** The machine of that name; `$node`, `web[1-3]`, `a,b` and `all` are many. */
export const toHost = (name: string): Wrapper =>
  NAME.test(name) && name !== 'all' ? { kind: 'host', name } : { kind: 'hosts', name };

/** The remote shell gets the words joined by blanks (ssh(1)). */
const remote = (name: string, rest: readonly string[]): Unwrapped =>
  rest.length === 0 ? { rest, wrapper: toHost(name) } : { rest: [], wrapper: toHost(name), script: rest.join(' ') };

/** Runs the words as they are. */
const direct = (name: string, rest: readonly string[]): Unwrapped => ({ rest, wrapper: toHost(name) });

function unwrapSsh(argv: readonly string[]): Unwrapped | undefined {
  const at = afterOptions(argv, 1, SSH);
  const name = argv[at]?.replace(/^ssh:\/\//, '').replace(/^.*@/, '');
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

/** `VERB [options] NAME [--] CMD…` behind the program's name. */
function byVerb(argv: readonly string[], verbs: RegExp, valued: ReadonlySet<string>): Unwrapped | undefined {
  if (!verbs.test(argv[1] ?? '')) return undefined;
  const at = afterOptions(argv, 2, valued);
  const name = argv[at];
  return name === undefined ? undefined : direct(name, argv.slice(afterOptions(argv, at + 1, valued)));
}

/** `gcloud compute ssh [USER@]NAME [--zone Z] [--command CMD | -- CMD]` in any order. */
function unwrapGcloud(argv: readonly string[]): Unwrapped | undefined {
  const ssh = argv.indexOf('ssh');
  if (ssh < 0 || !argv.slice(1, ssh).includes('compute')) return undefined;
  const dashes = argv.indexOf('--');
  const end = dashes < 0 ? argv.length : dashes;
  const name = argv[afterOptions(argv, ssh + 1, new Set([...GCLOUD, '--command']))]?.replace(/^.*@/, '');
  const script = optionValue(argv, end, ['--command']);
  if (name === undefined) return undefined;
  return remote(name, script === undefined ? argv.slice(end + 1) : [script]);
}

/** `minikube [-p PROFILE] ssh [-n NODE] [--] CMD`: a profile's first node has its name. */
function unwrapMinikube(argv: readonly string[]): Unwrapped | undefined {
  const verb = afterOptions(argv, 1, MINIKUBE);
  if (argv[verb] !== 'ssh') return undefined;
  const rest = afterOptions(argv, verb + 1, MINIKUBE);
  const name = optionValue(argv, rest, ['-n', '--node']) ?? optionValue(argv, rest, ['-p', '--profile']) ?? 'minikube';
  return remote(name, argv.slice(rest));
}

/** `talosctl -n ADDRESS read FILE`, `… dmesg`: the node's own files and kernel; its other words stay talosctl's. */
function unwrapTalos(argv: readonly string[]): Unwrapped | undefined {
  const node = optionValue(argv, argv.length, ['-n', '--nodes']);
  if (node === undefined) return undefined;
  const kept = argv.filter((w, i) => i > 0 && !TALOS.has(w) && !TALOS.has(argv[i - 1] ?? '') && !/^--nodes?=/.test(w));
  const [verb, ...rest] = kept;
  const inner = verb === 'read' ? ['cat', ...rest] : verb === 'dmesg' ? kept : ['talosctl', ...kept];
  return direct(node, inner);
}

/** `ansible HOSTS … -m shell -a 'CMD'`, `ansible HOSTS -a CMD` */
function unwrapAnsible(argv: readonly string[]): Unwrapped | undefined {
  const script = optionValue(argv, argv.length, ['-a', '--args']);
  const name = argv.slice(1).find((w, i) => !w.startsWith('-') && !/^-[iamuft]$/.test(argv[i] ?? ''));
  if (script === undefined || name === undefined) return undefined;
  return { rest: [], wrapper: { kind: 'hosts', name }, script: script.replace(/^cmd=/, '') };
}

/** `virtctl ssh [USER@]VM [-c SCRIPT]`: the machine in a pod of KubeVirt. */
function unwrapVirtctl(argv: readonly string[]): Unwrapped | undefined {
  if (argv[1] !== 'ssh') return undefined;
  const valued = words('-c --command -i --identity-file -l --username -n --namespace -p --port -t --local-ssh-opts');
  const name = argv[afterOptions(argv, 2, valued)]?.replace(/^(?:.*@)?(?:vmi?\/)?/, '').split('/', 1)[0];
  const script = optionValue(argv, argv.length, ['-c', '--command']);
  return name ? remote(name, script === undefined ? [] : [script]) : undefined;
}

/** `lxc-attach -n NAME [--] CMD…`, `pct exec ID -- CMD…`: containers with a network of their own. */
function unwrapLxc(program: string, argv: readonly string[]): Unwrapped | undefined {
  const attach = program === 'lxc-attach';
  if (!attach && !/^(?:exec|enter)$/.test(argv[1] ?? '')) return undefined;
  const at = attach ? 1 : afterOptions(argv, 3, NONE);
  const name = attach ? optionValue(argv, argv.length, ['-n', '--name']) : argv[2];
  const rest = attach ? argv.slice(afterOptions(argv, at, words('-n --name -P --lxcpath'))) : argv.slice(at);
  return name === undefined ? undefined : { rest, wrapper: { kind: 'netns', name: `lxc ${name}` } };
}

/**
 * `kathara exec r1 -- ip route`: what a program that is not known here runs elsewhere, by its own words. In what network is not known either,
 * but hardly in that of whoever types.
 */
function unwrapUnknown(program: string, argv: readonly string[]): Unwrapped | undefined {
  const dashes = argv.indexOf('--');
  const end = dashes === -1 ? argv.length : dashes;
  const verb = argv.findIndex(
    (w, i) => i > 0 && i < Math.min(end, 4) && /^(?:exec|shell|enter|attach|run|ssh)$/.test(w),
  );
  if (verb === -1) return undefined;
  // Without dashes a name stands between the verb and the command: `runc exec ID ip route`.
  const from = dashes === -1 ? afterOptions(argv, verb + 1, NONE) + 1 : dashes + 1;
  const rest = argv.slice(from);
  if (!looksLikeCommand(rest.join(' '))) return undefined;
  const where = argv.slice(verb + 1, dashes === -1 ? from : dashes);
  return { rest, wrapper: { kind: 'netns', name: [program, ...where].join(' ') } };
}

function unwrapMany(program: string, argv: readonly string[]): Unwrapped | undefined {
  const many = MANY[program];
  if (!many) return undefined;
  const at = afterOptions(argv, 1, many.valued);
  const name = optionValue(argv, at, many.hosts) ?? 'all';
  return { rest: [], wrapper: { kind: 'hosts', name }, script: argv.slice(at).join(' ') };
}

/** Takes off what runs a command on another machine; undefined when the program does not. */
export function unwrapRemote(program: string, argv: readonly string[]): Unwrapped | undefined {
  switch (program) {
    case 'ssh':
    case 'autossh':
      return unwrapSsh(argv);
    case 'vagrant':
      return unwrapVagrant(argv);
    case 'multipass':
      return byVerb(argv, /^(?:exec|shell)$/, words('-d --working-directory'));
    case 'lxc':
    case 'incus':
      return byVerb(argv, /^(?:exec|shell)$/, LXD);
    case 'limactl':
      return byVerb(argv, /^shell$/, words('--workdir --shell'));
    case 'lima':
      return direct('default', argv.slice(1));
    case 'machinectl':
      return byVerb(argv, /^(?:shell|login)$/, NONE);
    case 'docker-machine':
      return argv[1] === 'ssh' ? unwrapSsh(argv.slice(1)) : undefined;
    case 'gcloud':
      return unwrapGcloud(argv);
    case 'minikube':
      return unwrapMinikube(argv);
    case 'talosctl':
      return unwrapTalos(argv);
    case 'aws': {
      const target = argv[1] === 'ssm' ? optionValue(argv, argv.length, ['--target']) : undefined;
      return target === undefined ? undefined : direct(target, []);
    }
    case 'ansible':
      return unwrapAnsible(argv);
    case 'salt': {
      const run = argv.findIndex((w) => /^cmd\.(?:run|shell)/.test(w));
      return run < 2
        ? undefined
        : { rest: [], wrapper: { kind: 'hosts', name: argv[run - 1] ?? '' }, script: argv.slice(run + 1).join(' ') };
    }
    case 'virtctl':
      return unwrapVirtctl(argv);
    case 'lxc-attach':
    case 'pct':
      return unwrapLxc(program, argv);
    default:
      return unwrapMany(program, argv) ?? unwrapUnknown(program, argv);
  }
}
