import type { LogStamp } from '../../facts/index.js';
import type { Level } from './signature.js';
import { clockOf, klogWhen, ownWhen } from './stamp.js';

/** What a logging library put around a message. */
export interface Layer {
  readonly body: string;
  readonly level?: Level;
  readonly component?: string;
  readonly when?: Pick<LogStamp, 'time' | 'clock' | 'dated'>;
}

const KLOG_LEVELS: Readonly<Record<string, Level>> = { I: 'info', W: 'warning', E: 'error', F: 'fatal' };
const WORD_LEVELS: Readonly<Record<string, Level>> = {
  trace: 'debug',
  debug: 'debug',
  debu: 'debug',
  dbg: 'debug',
  info: 'info',
  trac: 'debug',
  pani: 'fatal',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  erro: 'error',
  err: 'error',
  rmt: 'error',
  auth: 'error',
  bug: 'error',
  severe: 'error',
  crit: 'fatal',
  critical: 'fatal',
  fatal: 'fatal',
  fata: 'fatal',
  panic: 'fatal',
  dpanic: 'fatal',
};

export const levelOf = (word: string | undefined): Level | undefined => WORD_LEVELS[(word ?? '').toLowerCase()];

const withLevel = (level: Level | undefined) => level && { level };

const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d(?:\.\d+)? +\d+ ([^\s\]]{1,110})\] ?(.*)$/s;
/** calico's own formatter (libcalico-go logutils): `2021-03-04 10:20:30.123 [INFO][9] startup/startup.go 768: …`. */
const CALICO = /^(\d{4}-\d\d-\d\d) ([\d:]{8}\.\d+) \[(\w+)\]\[\d+(?:\/\d+)?\] (\S+ )?(\S+\.go) \d+: (.*)$/s;
const BIRD = /^bird6?: (.*)$/s;
const BRACKET = /^\[(INFO|WARNING|ERROR|FATAL|DEBUG|WARN)\] (.*)$/s;
/** `2021-03-04 10:20:30 <RMT> peer: …`, `… I | pkg: …`, `…Z\tINFO\tpkg/file.go:7\t…`, `… WARNING: …`, `[date] …`, or the date alone. */
const DATED =
  /^\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d| UTC| [+-]\d{4}(?: UTC)?)?\]?[ \t]+(.*)$/s;
/** `INFO: 2021/03/04 10:20:30.123456 …` (weave). */
const WEAVE = /^([A-Z]{3,8}): (\d{4}\/\d\d\/\d\d [\d:.]+) (.*)$/s;
/** `INFO[2019-03-04T10:20:30.123Z] …` (logrus on a terminal). */
const TERMINAL = /^([A-Z]{4})\[([\dT:.Z+-]{4,40})\] (.*)$/s;
const CAPNSLOG = /^([DTINWEC]) \| (.*)$/s;
const CAPNSLOG_LEVELS: Readonly<Record<string, string>> = {
  D: 'debug',
  T: 'debug',
  I: 'info',
  N: 'info',
  W: 'warning',
  E: 'error',
  C: 'crit',
};
const LEVELLED = /^(?:[[<(](\w{3,8})[\])>](?:\[\d+(?:\/\d+)?\])?|([A-Z]{3,8}|[a-z]{4,8}(?=[:\t])):?)[ \t]+(.*)$/s;
const CALLER = /^\S{1,80}\.(?:go|py):\d+:?[ \t]+/;
/** NetworkManager: `<info>  [1580000000.1234] device (eth0): …`. */
const NETWORK_MANAGER = /^<(\w+)>\s+(?:\[\d+\.\d+\] )?(.*)$/s;

function klogLayer(text: string): Layer | undefined {
  const m = KLOG.exec(text);
  const level = KLOG_LEVELS[m?.[1] ?? ''];
  return m && level ? { body: m[3] ?? '', level, when: klogWhen(text) } : undefined;
}

function calicoLayer(text: string): Layer | undefined {
  const m = CALICO.exec(text);
  const clock = clockOf(m?.[2] ?? '');
  if (!m || clock === undefined) return undefined;
  return { body: m[6] ?? '', component: 'calico', when: { clock, dated: m[1] ?? '' }, ...withLevel(levelOf(m[3])) };
}

function datedLayer(text: string): Layer | undefined {
  const calico = calicoLayer(text);
  if (calico) return calico;
  const m = DATED.exec(text);
  if (!m) return undefined;
  const when = ownWhen(text);
  const rest = m[1] ?? '';
  const capnslog = CAPNSLOG.exec(rest);
  if (capnslog) return { body: capnslog[2] ?? '', when, ...withLevel(levelOf(CAPNSLOG_LEVELS[capnslog[1] ?? ''])) };
  const levelled = LEVELLED.exec(rest);
  const level = levelled && levelOf(levelled[1] ?? levelled[2]);
  if (!levelled || !level) return { body: rest, when };
  return { body: (levelled[3] ?? '').replace(CALLER, ''), when, level };
}

/** A word of logfmt: bare, or quoted as Go quotes. */
const unquote = (text: string): string =>
  text.startsWith('"')
    ? text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replace(/\\(["\\])/g, '$1')
    : text;

const PAIR = /([\w./@-]{1,60})=("(?:[^"\\]|\\.)*"?|[^\s"]*)\s*/y;

/**
 * `time="2020-01-23T16:55:10Z" level=error msg="RunPodSandbox … failed, error" error="failed to setup network …"`: the message, and behind
 * it what else the line says, as klog's structured lines have it.
 */
function logfmtLayer(text: string): Layer | undefined {
  if (!/^(?:time|ts|t|level)=/.test(text)) return undefined;
  let message: string | undefined;
  let level: Level | undefined;
  let when: Layer['when'];
  const others: string[] = [];
  PAIR.lastIndex = 0;
  for (let m = PAIR.exec(text); m; m = PAIR.exec(text)) {
    const [whole, key = '', value = ''] = m;
    if (key === 'time' || key === 'ts' || key === 't') when ??= ownWhen(unquote(value));
    else if (key === 'level' || key === 'lvl') level ??= levelOf(unquote(value));
    else if (key === 'msg') message ??= unquote(value);
    else others.push(whole.trimEnd());
  }
  if (message === undefined) return undefined;
  return { body: [message, ...others].join(' '), ...withLevel(level), ...(when && { when }) };
}

const word = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const { name, namespace } = (value ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
  if (typeof name === 'string') return typeof namespace === 'string' && namespace ? `${namespace}/${name}` : name;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
};

const NOT_SAID = new Set([
  'level',
  'severity',
  'ts',
  'time',
  'timestamp',
  '@timestamp',
  'caller',
  'logger',
  'v',
  'stream',
  'stacktrace',
]);

/** Seconds, milliseconds (kubelet's `ts`), or a date in words. */
function whenIn(value: unknown): Layer['when'] {
  if (typeof value === 'string') return ownWhen(value);
  if (typeof value !== 'number' || value < 1e8) return undefined;
  return { time: Math.round((value > 1e11 ? value / 1000 : value) * 1e6) / 1e6 };
}

/** zap's, logrus' and docker's lines of JSON; the message first, then the other members as `key="value"`. */
function jsonLayer(text: string): Layer | undefined {
  let entry: Readonly<Record<string, unknown>>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    entry = parsed as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const when = whenIn(entry['ts'] ?? entry['time'] ?? entry['timestamp'] ?? entry['@timestamp']);
  const dated = when && { when };
  if (typeof entry['log'] === 'string' && typeof entry['stream'] === 'string')
    return { body: entry['log'].split('\n', 1)[0] ?? '', ...dated };
  const message = entry['msg'] ?? entry['message'] ?? entry['MESSAGE'];
  if (typeof message !== 'string') return undefined;
  const others = Object.entries(entry).flatMap(([key, value]) => {
    const said = NOT_SAID.has(key) || value === message ? undefined : word(value);
    return said === undefined ? [] : [`${key}="${said}"`];
  });
  const level = levelOf(word(entry['level'] ?? entry['severity']));
  return { body: [message, ...others].join(' '), ...dated, ...withLevel(level) };
}

function otherLayer(text: string): Layer | undefined {
  const weave = WEAVE.exec(text) ?? TERMINAL.exec(text);
  const level = levelOf(weave?.[1]);
  return weave && level ? { body: weave[3] ?? '', level, when: ownWhen(weave[2] ?? '') } : undefined;
}

/** The outermost head of the text, whichever library wrote it. */
export function layerOf(text: string): Layer | undefined {
  const first = text.charCodeAt(0);
  if (first >= 48 && first <= 57) return datedLayer(text);
  switch (text.charAt(0)) {
    case '{':
      return jsonLayer(text);
    case '[': {
      const bracket = BRACKET.exec(text);
      return bracket ? { body: bracket[2] ?? '', ...withLevel(levelOf(bracket[1])) } : datedLayer(text);
    }
    case '<': {
      const m = NETWORK_MANAGER.exec(text);
      return m ? { body: m[2] ?? '', ...withLevel(levelOf(m[1])) } : undefined;
    }
    case 'b': {
      const bird = BIRD.exec(text);
      return bird ? { body: bird[1] ?? '', component: 'bird' } : undefined;
    }
    case 't':
    case 'l':
      return logfmtLayer(text);
    default:
      return klogLayer(text) ?? otherLayer(text);
  }
}
