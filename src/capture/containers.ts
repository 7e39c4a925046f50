import { afterOptions, NONE, optionValue, words } from './options.js';
import { toHost } from './remote.js';
import type { Unwrapped } from './unwrapped.js';

/*
 * Commands that run in a container or a pod, one that is there or one that is made for them: their network is not that of whoever types.
 */

const KUBECTL = words(
  '-n --namespace -c --container --kubeconfig --context --cluster --user --token -s --server --request-timeout --pod-running-timeout -o --output -l --selector --as -f --filename -v --image --target --profile --copy-to --labels --overrides --override-type --restart --env --port --image-pull-policy --serviceaccount --requests --limits --generator --share-processes --set-image',
);
const DOCKER = words(
  '-u --user -e --env --env-file -w --workdir -H --host --detach-keys --context -n --namespace -a --address --exec-id --index -f --file -p --project-name',
);
const CRICTL = words('-r --runtime-endpoint -i --image-endpoint -c --config --timeout');
/** `docker run` has other short options than `docker exec`. */
const RUN = words(
  '-a --attach --add-host -c --cap-add --cap-drop --cgroupns --cpu-shares --cpus --cpuset-cpus --device --dns --dns-option --dns-search -e --entrypoint --env --env-file --expose --gpus --group-add -h --hostname --ip --ip6 --ipc -l --label --link --log-driver --log-opt -m --mac-address --memory --mount --name --net --network --network-alias -p --pid --platform --publish --pull --restart --runtime --security-opt --shm-size --stop-signal --sysctl --tmpfs -u --ulimit --user --userns --uts -v --volume --volumes-from -w --workdir --cwd --snapshotter',
);
const INTERACTIVE = /^(?:-[a-z]*[it][a-z]*|--(?:stdin|tty|interactive)(?:=true)?)$/;

const DETACHED = /^(?:-[a-z]*d[a-z]*|--detach(?:=true)?)$/;

/** Without a command somebody gets a shell, or nothing but the container is made. */
const ran = (options: readonly string[], unwrapped: Unwrapped): Unwrapped | undefined =>
  unwrapped.rest.length > 0 || (options.some((w) => INTERACTIVE.test(w)) && !options.some((w) => DETACHED.test(w)))
    ? unwrapped
    : undefined;

/**
 * `kubectl [opts] exec [opts] POD [opts] [--] CMD…`; `run` makes a pod for it, `debug` puts a container into the pod, or runs in the own
 * namespaces of `node/N`.
 */
export function unwrapKubectl(argv: readonly string[]): Unwrapped | undefined {
  const at = afterOptions(argv, 1, KUBECTL);
  const verb = argv[at] ?? '';
  if (/^node[-_]shell$/.test(verb)) return unwrapNodeShell(argv, at + 1);
  if (!/^(?:exec|debug|rsh|run|attach)$/.test(verb)) return undefined;
  const podAt = afterOptions(argv, at + 1, KUBECTL);
  // `kubectl run -it --image=busybox -- sh`, in documents that leave the name out
  const nameless = argv[podAt - 1] === '--';
  const named = nameless ? 'unnamed' : argv[podAt]?.replace(/^(pod|pods|po)\//, '');
  if (!named || (nameless && verb !== 'run')) return undefined;
  const from = nameless ? podAt : afterOptions(argv, podAt + 1, KUBECTL);
  const rest = argv.slice(from);
  if (verb === 'debug' && /^nodes?\//.test(named))
    return { rest, wrapper: toHost(named.slice(named.indexOf('/') + 1)) };
  const namespace = optionValue(argv, from, ['-n', '--namespace']);
  const name = (verb === 'debug' ? optionValue(argv, from, ['--copy-to']) : undefined) ?? named;
  const inside: Unwrapped = { rest, wrapper: { kind: 'pod', name, ...(namespace !== undefined && { namespace }) } };
  return verb === 'run' || verb === 'attach' ? ran(argv.slice(0, from), inside) : inside;
}

/** `kubectl node-shell NODE [-- CMD…]` (krew) enters all namespaces of the node's process 1. */
function unwrapNodeShell(argv: readonly string[], from: number): Unwrapped | undefined {
  const at = afterOptions(argv, from, KUBECTL);
  const name = argv[at];
  return name ? { rest: argv.slice(afterOptions(argv, at + 1, KUBECTL)), wrapper: toHost(name) } : undefined;
}

/** `docker exec NAME CMD…`, `crictl exec ID CMD…`, `docker run IMAGE CMD…`, `docker compose exec SERVICE CMD…` */
export function unwrapContainer(program: string, argv: readonly string[]): Unwrapped | undefined {
  const valued = program === 'crictl' ? CRICTL : DOCKER;
  const at = afterOptions(argv, 1, valued);
  const verb = /^(?:container|compose|tasks?)$/.test(argv[at] ?? '') ? afterOptions(argv, at + 1, valued) : at;
  if (argv[verb] === 'run') return unwrapRun(program, argv, verb);
  if (argv[verb] === 'unshare' && argv.includes('--rootless-netns'))
    return {
      rest: argv.slice(afterOptions(argv, verb + 1, NONE)),
      wrapper: { kind: 'netns', name: `${program} rootless` },
    };
  if (argv[verb] !== 'exec') return undefined;
  // In `crictl exec`, -i and -t take no value, -r is a short form of nothing that does.
  const name = afterOptions(argv, verb + 1, program === 'crictl' ? NONE : valued);
  return { rest: argv.slice(name + 1), wrapper: { kind: 'netns', name: `${program} ${argv[name] ?? ''}`.trimEnd() } };
}

/** A container that is made for the command: in the host's network, in another container's, or in one of its own. */
function unwrapRun(program: string, argv: readonly string[], verb: number): Unwrapped | undefined {
  const at = afterOptions(argv, verb + 1, RUN);
  const image = argv[at];
  if (image === undefined) return undefined;
  const options = argv.slice(0, at);
  const entry = optionValue(argv, at, ['--entrypoint']);
  // `ctr run IMAGE ID CMD`
  const words = argv.slice(program === 'ctr' ? at + 2 : at + 1);
  const rest = entry ? [entry, ...words] : words;
  const network = optionValue(argv, at, ['--network', '--net']);
  if (network === 'host' || options.includes('--net-host')) return ran(options, { rest });
  const joined = /^container:(.+)$/.exec(network ?? '')?.[1];
  const name = joined ?? optionValue(argv, at, ['--name']) ?? `run ${image}`;
  return ran(options, { rest, wrapper: { kind: 'netns', name: `${program} ${name}` } });
}
