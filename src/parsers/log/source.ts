import type { CaptureContext, Text } from '../../kit/index.js';
import { journalOptions, KUBECTL, RUNTIMES } from './claims.js';
import { isFreeText } from './probe.js';
import { componentOf } from './unwrap.js';

/** What command line and file name say of a log before its first line is read. */
export interface LogSource {
  /** The command says that lines need no head: `kubectl logs` prints what the container wrote. */
  readonly free: boolean;
  /** Component that writes it, when the name tells; `kernel` for `journalctl -k`. */
  readonly component?: string;
  /** Asked when a line without a head is met: is the text such a log all the same, by its name and its other lines? */
  isFree(): boolean;
}

/** Names under which collectors put what a container or a program wrote. */
const FREE_FILE =
  /flannel|calico|canal|coredns|kube-?dns|node-?local-?dns|kube-?proxy|kube-?router|cilium|weave|aws-node|ipamd|^k8s-?logs|^logs?[._-]|[._-]logs?[._-]|\bbird\b|felix|^(?:current|previous|\d+|logs)\.(?:log|txt)|-previous\.log/i;
/** A document about a component is not its log. */
const DOCUMENT = /\.(?:md|markdown|rst|adoc|html?|ya?ml|json|go|sh|py|conf|env)(?:\.gz)?$/i;
/** Base names that say nothing: the folders above are a pod and its container. */
const ANONYMOUS =
  /^(?:current|previous|\d+|logs?|container|journal|output)(?:\.insecure)?(?:\.(?:log|txt|gz|prev|previous|\d+))*$/i;

const nameOf = ({ fileName, path }: CaptureContext): string =>
  path !== undefined && ANONYMOUS.test(fileName) ? path.split('/').slice(-5).reverse().join(' ') : fileName;

/** Is this capture a component's log by its command or its file's name, and whose? */
export function logSource(context: CaptureContext, text: Text): LogSource {
  const { argv, scope } = context;
  const program = argv[0] ?? '';
  const names = program === '' ? nameOf(context) : argv.slice(1).join(' ');
  const component =
    scope['unit'] === 'kernel'
      ? 'kernel'
      : (names.split(/\s+/).flatMap((name) => componentOf(name) ?? [])[0] ??
        (scope['unit'] === undefined ? undefined : componentOf(scope['unit'])));
  const known = component === undefined ? {} : { component };
  if (program === 'journalctl') {
    const free = journalOptions(argv).options.some(
      (o) => (o.name === '-o' || o.name === '--output') && o.value === 'cat',
    );
    return { free, ...known, isFree: () => free };
  }
  if (KUBECTL.has(program) || RUNTIMES.has(program)) return { free: true, ...known, isFree: () => true };
  if (DOCUMENT.test(program === '' ? context.fileName : names))
    return { free: false, isFree: () => isFreeText(text, false) };
  const named = FREE_FILE.test(names) || (context.path !== undefined && ANONYMOUS.test(context.fileName));
  return { free: false, ...known, isFree: () => isFreeText(text, named, component) };
}
