import type { LogStamp } from '../../facts/index.js';
import type { Level, Message } from './signature.js';
import { clockOf, klogWhen } from './stamp.js';

const KLOG_LEVELS: Readonly<Record<string, Level>> = { I: 'info', W: 'warning', E: 'error', F: 'fatal' };
const WORD_LEVELS: Readonly<Record<string, Level>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  crit: 'fatal',
  fatal: 'fatal',
  panic: 'fatal',
};

const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d(?:\.\d+)? +\d+ ([^\s\]]{1,110})\] ?(.*)$/s;
const LOGRUS = /^time="[^"]*" level=(\w+) msg="((?:[^"\\]|\\.)*)"/;
/** calico's own formatter (libcalico-go logutils): `2021-03-04 10:20:30.123 [INFO][9] startup/startup.go 768: …`. */
const CALICO = /^(\d{4}-\d\d-\d\d) ([\d:]{8}\.\d+) \[(\w+)\]\[\d+(?:\/\d+)?\] (\S+ )?(\S+\.go) \d+: (.*)$/s;
const BIRD = /^(?:\d{4}-\d\d-\d\d[ _][\d:.]+ )?bird6?: (.*)$/s;
const COREDNS = /^\[(INFO|WARNING|ERROR|FATAL|DEBUG)\] (.*)$/s;

const COMPONENTS: readonly (readonly [RegExp, string])[] = [
  [/flannel|canal/i, 'flannel'],
  [/^bird6?$/i, 'bird'],
  [/calico|felix|typha/i, 'calico'],
  [/kube-?proxy/i, 'kube-proxy'],
  [/kubelet/i, 'kubelet'],
  [/coredns|kube-?dns|node-?local-?dns/i, 'coredns'],
  [/containerd/i, 'containerd'],
  [/docker/i, 'docker'],
  [/crio|cri-o/i, 'cri-o'],
  [/^(k3s|rke2)/i, 'k3s'],
];

/** The component behind a tag, a pod's, container's or file's name; undefined when it is none that matters here. */
export const componentOf = (name: string): string | undefined => COMPONENTS.find(([re]) => re.test(name))?.[1];

interface Layer {
  readonly body: string;
  readonly level?: Level;
  readonly component?: string;
  readonly when?: Pick<LogStamp, 'clock' | 'dated'>;
}

function klogLayer(text: string): Layer | undefined {
  const m = KLOG.exec(text);
  const level = KLOG_LEVELS[m?.[1] ?? ''];
  return m && level ? { body: m[3] ?? '', level, when: klogWhen(text) } : undefined;
}

function logrusLayer(text: string): Layer | undefined {
  const m = LOGRUS.exec(text);
  if (!m) return undefined;
  const level = WORD_LEVELS[m[1] ?? ''];
  return { body: (m[2] ?? '').replaceAll('\\"', '"').replaceAll('\\\\', '\\'), ...(level && { level }) };
}

function calicoLayer(text: string): Layer | undefined {
  const m = CALICO.exec(text);
  const clock = clockOf(m?.[2] ?? '');
  if (!m || clock === undefined) return undefined;
  const level = WORD_LEVELS[(m[3] ?? '').toLowerCase()];
  return { body: m[6] ?? '', component: 'calico', when: { clock, dated: m[1] ?? '' }, ...(level && { level }) };
}

function layerOf(text: string): Layer | undefined {
  const klog = klogLayer(text) ?? logrusLayer(text) ?? calicoLayer(text);
  if (klog) return klog;
  const bird = BIRD.exec(text);
  if (bird) return { body: bird[1] ?? '', component: 'bird' };
  const coredns = COREDNS.exec(text);
  const level = WORD_LEVELS[(coredns?.[1] ?? '').toLowerCase()];
  return coredns ? { body: coredns[2] ?? '', ...(level && { level }) } : undefined;
}

/** Takes the logging library's head off a message; `component` is what tag or capture say. */
export function unwrap(text: string, stamp: LogStamp, component: string | undefined): Message {
  let body = text;
  let level: Level | undefined;
  let named = component;
  let when: Layer['when'];
  // journald around docker around klog is the deepest that occurs.
  for (let depth = 0; depth < 3; depth++) {
    const layer = layerOf(body);
    if (!layer) break;
    body = layer.body;
    level = layer.level ?? level;
    named = layer.component ?? named;
    when ??= layer.when;
  }
  const dated = stamp.time === undefined && stamp.clock === undefined && when ? { ...stamp, ...when } : stamp;
  const kernel = stamp.unit === 'kernel';
  return { body, stamp: dated, ...(level && { level }), kernel, component: named ?? stamp.unit ?? 'unknown' };
}
