import type { UnitFact } from '../facts/index.js';
import { type Claim, defineParser, type Sink, type Text } from '../kit/index.js';
import { isUnit, type Systemctl, systemctlOf, unitName } from './systemctl/command.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 *   UNIT               LOAD      ACTIVE   SUB     DESCRIPTION
 *   containerd.service loaded    active   running containerd container runtime
 * ● kubelet.service    loaded    failed   failed  kubelet: The Kubernetes Node Agent
 *
 * UNIT FILE       STATE   PRESET
 * kubelet.service enabled enabled
 *
 * systemd src/systemctl: list-units, list-unit-files, is-active, is-enabled; of the other lists (sockets, timers, jobs) nothing is a
 * fact. Services alone are: a node has hundreds of devices, mounts and slices.
 */
const LOAD: ReadonlySet<string> = new Set(['loaded', 'not-found', 'bad-setting', 'error', 'masked', 'merged', 'stub']);
const ACTIVE: ReadonlySet<string> = new Set([
  'active',
  'reloading',
  'refreshing',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'maintenance',
]);
const FILE_STATES: ReadonlySet<string> = new Set([
  ...[
    'enabled',
    'enabled-runtime',
    'linked',
    'linked-runtime',
    'alias',
    'masked',
    'masked-runtime',
    'static',
    'indirect',
  ],
  ...['disabled', 'generated', 'transient', 'bad', 'invalid', 'not-found', 'unknown'],
]);
const LISTS =
  /^(?:UNIT +LOAD +ACTIVE +SUB|UNIT FILE +STATE|LISTEN +UNIT|NEXT +LEFT|JOB +UNIT +TYPE|WHAT +WHERE|NAME +STATE)/;
const TAIL =
  /^(?:LOAD +(?:=|→) Reflects|ACTIVE +(?:=|→) The high-level|SUB +(?:=|→) The low-level|JOB +(?:=|→) Pending job|LEGEND: |\d+ (?:loaded units|unit files|sockets|timers|jobs|machines|automounts|paths) listed\.|To show all installed unit files|Pass --all to see|No jobs running\.|No jobs listed\.|lines \d+-\d+)/;
/** Rows of lists that hold no unit's state. */
const OTHER_LIST = /^(?:LISTEN +UNIT|NEXT +LEFT|JOB +UNIT|WHAT +WHERE|NAME +STATE)/;
const MARK = /^[●*×○↻✖]\s+/;

function unitRow(line: string): Omit<UnitFact, 'kind' | 'at'> | 'other' | undefined {
  const words = wordsOf(line.slice(0, 1000));
  const [name = '', load = '', active = '', sub = ''] = words;
  if (!LOAD.has(load) || !ACTIVE.has(active) || !/^[a-z-]+$/.test(sub)) return undefined;
  if (!isUnit(name)) return name.includes('…') || name.includes('...') ? 'other' : undefined;
  if (!name.endsWith('.service')) return 'other';
  const description = words.slice(4).join(' ');
  return { name, load, active, sub, ...(description !== '' && { description }) };
}

function fileRow(line: string): Omit<UnitFact, 'kind' | 'at'> | 'other' | undefined {
  const words = wordsOf(line.slice(0, 600));
  const [name = '', state = ''] = words;
  if (words.length > 4 || !FILE_STATES.has(state) || !isUnit(name)) return undefined;
  return name.endsWith('.service') ? { name, enabled: state } : 'other';
}

/** `is-active A B`: one word a unit. */
function words(text: Text, out: Sink<UnitFact>, verb: string, units: readonly string[]): void {
  const failures = collectFailures(out);
  const lines: number[] = [];
  for (let i = 0; i < text.count; i++) if (text.line(i).trim() !== '') lines.push(i);
  const states = lines.filter((i) => /^[a-z-]{3,20}$/.test(text.line(i).trim()));
  for (const i of lines) {
    const at = states.indexOf(i);
    const name = states.length === units.length ? units[at] : undefined;
    const word = text.line(i).trim();
    if (at === -1) {
      if (!failures.take(i, word)) out.gap(i, 'not a state of a unit');
    } else if (name === undefined) out.gap(i, 'it is not told of which unit');
    else
      out.fact(i, {
        kind: 'unit',
        name: unitName(name),
        ...(verb === 'is-enabled' ? { enabled: word } : { active: word }),
      });
  }
  failures.close(states.length > 0);
}

function list(text: Text, out: Sink<UnitFact>): void {
  const failures = collectFailures(out);
  let header = '';
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trim().replace(MARK, '');
    if (line === '' || TAIL.test(line)) {
      some ||= line !== '';
      out.noise(i);
    } else if (LISTS.test(line)) {
      header = line;
      some = true;
      out.noise(i);
    } else if (OTHER_LIST.test(header)) out.noise(i);
    else {
      const row = unitRow(line) ?? fileRow(line);
      if (row === 'other') out.noise(i);
      else if (row) {
        some = true;
        out.fact(i, { kind: 'unit', ...row });
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of systemctl');
    }
  }
  failures.close(some);
}

const LIST_VERBS: ReadonlySet<string> = new Set([
  'list-units',
  'list-unit-files',
  'list-sockets',
  'list-timers',
  'list-jobs',
  'list-automounts',
  'list-paths',
  'list-machines',
]);

/** What a list of units or an answer about some selects. */
export function systemctlClaim(asked: Systemctl | undefined): Claim | undefined {
  if (!asked) return undefined;
  const { verb, units, all, filter } = asked;
  if (/^is-(?:active|enabled|failed)$/.test(verb)) return { scope: { name: units.map(unitName).join(' ') } };
  if (!LIST_VERBS.has(verb)) return undefined;
  if (verb !== 'list-units' && verb !== 'list-unit-files') return { kinds: [] };
  const scope = {
    ...(units.length > 0 && { pattern: units.join(' ') }),
    ...(filter !== undefined && { filter }),
    // Without --all only what is active, failed or has a job; with it what systemd has in memory.
    ...(verb === 'list-units' && { units: all ? 'in memory' : 'active' }),
  };
  return { scope };
}

/** Lists of `systemctl`; `systemctl-status` reads what it says of one unit. */
export const systemctl = defineParser<UnitFact>({
  command: 'systemctl',
  emits: ['unit'],
  scope: 'stack',
  claims: {
    command(argv) {
      const asked = systemctlOf(argv);
      return asked?.json ? undefined : systemctlClaim(asked);
    },
    file: /(?:^|-)systemctl(?:-(?:all|l|full|no-pager|failed|host|list-[a-z-]+))*$|(?:^|-)system-(?:failed|jobs)$/,
    sniff(head) {
      const lines = head.map((line) => line.trim().replace(MARK, '')).filter((line) => line !== '');
      if (lines.some((line) => LISTS.test(line) && !/^NAME +STATE/.test(line))) return 3;
      const rows = lines.filter((line) => unitRow(line) !== undefined || fileRow(line) !== undefined).length;
      if (rows > 2 && rows * 10 >= lines.length * 8) return 3;
      return lines.length <= 3 && lines.some((line) => /^(?:0 loaded units listed\.|No jobs running\.)/.test(line))
        ? 3
        : 0;
    },
  },
  parse(text, out, { argv }) {
    const asked = systemctlOf(argv);
    if (asked && /^is-/.test(asked.verb)) words(text, out, asked.verb, asked.units);
    else list(text, out);
    if (argv.length === 0) out.incomplete('filtered', 'which units were asked for is not told');
  },
});
