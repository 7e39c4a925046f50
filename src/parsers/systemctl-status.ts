import type {
  ComponentLogFact,
  FlannelLeaseFact,
  FlannelLogFact,
  HostnameFact,
  KernelLogFact,
  ProcessFact,
  UnitFact,
} from '../facts/index.js';
import { type CaptureContext, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { newHead, readHead } from './log/head.js';
import { scanLog } from './log/scan.js';
import { daemonOf } from './process/daemons.js';
import { isUnit, systemctlOf, unitName } from './systemctl/command.js';
import { collectFailures } from './text/failure.js';

/*
 * ● kubelet.service - kubelet: The Kubernetes Node Agent
 *      Loaded: loaded (/lib/systemd/system/kubelet.service; enabled; vendor preset: enabled)
 *      Active: active (running) since Thu 2020-01-23 17:26:05 UTC; 3 days ago
 *    Main PID: 812 (kubelet)
 *      CGroup: /system.slice/kubelet.service
 *              └─812 /usr/bin/kubelet --config=/var/lib/kubelet/config.yaml
 *
 * Jan 23 17:26:05 node-1 kubelet[812]: I0123 17:26:05.488237     812 server.go:425] …
 *
 * systemd src/systemctl/systemctl-show.c, for one unit or one after the other, and the properties of `show`. The last lines of the log
 * are read as logs are; they are a few and no log that something could be missing in.
 */
type LogFact = ComponentLogFact | FlannelLeaseFact | FlannelLogFact | HostnameFact | KernelLogFact;
type Fact = LogFact | ProcessFact | UnitFact;

/** The dot may have gone through a wrong encoding (`ΓùÅ`, `â—`), as the branches of the tree may. */
const TITLE = /^(?:\*\*)?(?:(?:[●*×○↻✖]|[\u0080-\uffff]{1,4}) )?(\S{1,300})(?: - (.*))?$/;
const FIELD = /^\s*([A-Z][A-Za-z -]{1,24}): (.*)$/;
/** Fields whose indentation a paste lost: at the margin only systemd's own names are fields. */
const AT_MARGIN =
  /^(?:Loaded|Drop-In|Transient|Active|Invocation|Triggered ?By|Triggers|Device|Follows|Docs|Main PID|Control PID|Process|Status|Error|FD Store|IP|IO|Tasks|Memory|CPU|CGroup|Where|What|Listen|Accepted|Until|Condition|Trigger|Slice): /;
const LOADED = /^(loaded|not-found|bad-setting|error|masked|merged|stub)\b(?: \((?:\S+; )?([a-z-]+)(?:[;)]))?/;
/** `active (running) since …; 3 days ago`, `activating (auto-restart) (Result: exit-code) since …`, `failed (Result: signal)` */
const ACTIVE = /^([a-z]{4,20})(?: \(([^()]{1,40})\))?(?: \([^()]{1,80}\))?(?: since ([^;]{1,40});)?/;
const PROCESS = /^(?:[\s│]*[├└]─| {2,40}[\u0080-\uffff]{4,8}) *(\d{1,10}) (.*)$|^[\s|]*[|`]-\s*(\d{1,10}) (.*)$/;
const TREE = /^[\s│|]*(?:[├└]─|[|`]-|│|↳)/;
const PROPERTY = /^([A-Z][A-Za-z]{1,40})=(.*)$/;
/** Remarks around the log. */
const REMARK =
  /^(?:Warning: |Hint: |lines \d+-\d+|Notice: |Unit \S+ could not be found|Unit \S+ is not loaded|-- |\s*~$|Redirecting to )/;

type Open = { -readonly [K in keyof Omit<UnitFact, 'kind' | 'at'>]: UnitFact[K] } & { line: number };

function takeField(unit: Open, key: string, value: string): void {
  if (key === 'Loaded') {
    const m = LOADED.exec(value);
    if (m?.[1] !== undefined) unit.load = m[1];
    if (m?.[2] !== undefined) unit.enabled = m[2];
  } else if (key === 'Active') {
    const m = ACTIVE.exec(value);
    if (m?.[1] !== undefined) unit.active = m[1];
    if (m?.[2] !== undefined && !m[2].startsWith('Result: ')) unit.sub = m[2];
    if (m?.[3] !== undefined) unit.since = m[3];
  } else if (key === 'Main PID') {
    const pid = /^(\d{1,10})\b/.exec(value)?.[1];
    if (pid !== undefined && !/code=(?:exited|killed|dumped)/.test(value)) unit.pid = Number(pid);
  }
}

const PROPERTIES: Readonly<Record<string, 'name' | 'load' | 'active' | 'sub' | 'enabled' | 'description'>> = {
  Id: 'name',
  LoadState: 'load',
  ActiveState: 'active',
  SubState: 'sub',
  UnitFileState: 'enabled',
  Description: 'description',
};

const UTF8 = new TextEncoder();

function isLogLine(line: string, scratch: ReturnType<typeof newHead>): boolean {
  if (/^\s/.test(line)) return false;
  const bytes = UTF8.encode(line.slice(0, 200));
  return readHead(bytes, 0, bytes.length, scratch);
}

/** The same sink for a part of the text; the span of ten lines says nothing of a log. */
const shifted = (out: Sink<Fact>, by: number): Sink<LogFact> => ({
  ...out,
  fact(line: number, fact: Draft<LogFact> | { readonly kind: 'log-span' }) {
    if (fact.kind === 'log-span') out.part(line + by);
    else out.fact(line + by, fact as Draft<LogFact>);
  },
  part: (line) => out.part(line + by),
  noise: (line) => out.noise(line + by),
  gap: (line, reason) => out.gap(line + by, reason),
  failed: (line) => out.noise(line + by),
  incomplete: () => undefined,
  // The log is a part of what is shown, not all of it.
  only: () => undefined,
});

function parse(text: Text, out: Sink<Fact>, context: CaptureContext): void {
  const failures = collectFailures(out);
  const scratch = newHead();
  let unit: Open | undefined;
  let some = false;
  let properties = false;
  const shown: number[] = [];
  const close = (): void => {
    properties = false;
    if (!unit) return;
    const { line, ...fields } = unit;
    // Properties of whom nobody says.
    for (const at of shown.splice(0)) {
      if (fields.name === '') out.noise(at);
      else out.part(at);
    }
    if (fields.name.endsWith('.service')) out.fact(line, { kind: 'unit', ...fields });
    else out.noise(line);
    unit = undefined;
  };
  const open = (line: number, name: string, description: string | undefined): void => {
    close();
    some = true;
    unit = { line, name, ...(description !== undefined && description !== name && { description }) };
    if (name !== '') out.part(line);
  };
  for (let i = 0; i < text.count; i++) {
    const full = text.line(i);
    const line = full.length > 16384 ? full.slice(0, 16384) : full;
    if (line.trim() === '') {
      // `show` prints a block a unit.
      if (properties) close();
      continue;
    }
    const field = line.length < 1000 ? FIELD.exec(line) : null;
    const property = PROPERTY.exec(line.slice(0, 400));
    // Where the dot was lost a blank is left, and what follows says that it is the title.
    const isTitle =
      !/^\s/.test(line) || (/^ \S/.test(line) && /^\s+Loaded: /.test(text.count > i + 1 ? text.line(i + 1) : ''));
    const title = line.length < 600 && isTitle ? TITLE.exec(line.trimStart()) : null;
    const process = PROCESS.exec(line);
    if (property) takeProperty(i, property[1] ?? '', property[2] ?? '');
    else if (title && isUnit(title[1] ?? '')) open(i, title[1] ?? '', title[2]);
    else if (process) {
      const daemon = daemonOf(process[2] ?? process[4] ?? '', Number(process[1] ?? process[3]));
      if (daemon) out.fact(i, daemon);
      else out.noise(i);
    } else if (field && (/^\s/.test(line) || (unit && AT_MARGIN.test(line)))) {
      if (unit) takeField(unit, field[1] ?? '', field[2] ?? '');
      some = true;
      out.part(i);
    } else if (isLogLine(line, scratch)) i = logFrom(i);
    else if (TREE.test(line) || (some && /^\s/.test(line))) out.noise(i);
    else if (/^[●*×○] \S+$/.test(line)) {
      // `systemctl status` of the whole machine begins with its name.
      some = true;
      out.noise(i);
    } else if (/could not be found\.$/.test(line) && /^Unit \S+ /.test(line)) notFound(i, line);
    else if (REMARK.test(line)) out.noise(i);
    else if (!failures.take(i, line)) out.gap(i, 'not a line of systemctl status');
  }
  close();
  failures.close(some);

  function notFound(i: number, line: string): void {
    some = true;
    out.fact(i, { kind: 'unit', name: unitName(line.split(' ')[1] ?? ''), load: 'not-found' });
  }
  function takeProperty(i: number, key: string, value: string): void {
    some = true;
    const own = Object.hasOwn(PROPERTIES, key) ? PROPERTIES[key] : undefined;
    if (!unit || !properties) open(i, '', undefined);
    properties = true;
    shown.push(i);
    if (!unit) return;
    if (own !== undefined && value !== '') unit[own] = value;
    if (key === 'MainPID' && /^[1-9]\d{0,9}$/.test(value)) unit.pid = Number(value);
  }
  function logFrom(from: number): number {
    let to = from + 1;
    while (to < text.count && (isLogLine(text.line(to), scratch) || /^\s+\S/.test(text.line(to)))) to++;
    scanLog(text.slice(from, to), shifted(out, from) as never, context, { free: false, isFree: () => false });
    return to - 1;
  }
}

/** `systemctl status`, `systemctl show`: a unit, its processes and the last lines of its log. */
export const systemctlStatus = defineParser<Fact>({
  command: 'systemctl-status',
  emits: ['unit', 'process', 'component-log', 'flannel-lease', 'flannel-log', 'hostname', 'kernel-log'],
  scope: 'stack',
  claims: {
    command(argv) {
      const asked = systemctlOf(argv);
      if (!asked || (asked.verb !== 'status' && asked.verb !== 'show')) return undefined;
      return { scope: { name: asked.units.map(unitName).join(' ') } };
    },
    file: /(?:^|-)systemctl-(?:[a-z-]+-)?(?:status|show)(?:-|$)|(?:^|-)(?:host|planet)-system-status$/,
    sniff(head) {
      const loaded = head
        .slice(0, 60)
        .some((line) => /^\s*Loaded: (?:loaded|not-found|masked|error|bad-setting)\b/.test(line));
      const active = head.slice(0, 60).some((line) => /^\s*Active: [a-z]+/.test(line));
      if (loaded && active) return 3;
      const state = head.slice(0, 20).some((line) => /^\s+State: (?:running|degraded|starting|maintenance)/.test(line));
      if (state && head.slice(0, 20).some((line) => /^\s+Jobs: \d+ queued/.test(line))) return 3;
      // A stretch of `show` that has neither name nor state.
      const properties = head.filter((line) =>
        /^(?:Type|Restart|MainPID|NRestarts|Exec(?:Start|MainStatus|MainPID)|RestartUSec)=/.test(line),
      );
      if (properties.length > 3 && head.every((line) => line === '' || /^[A-Z]\w+=/.test(line))) return 2;
      return head.some((line) => /^LoadState=/.test(line)) && head.some((line) => /^ActiveState=/.test(line)) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    parse(text, out, context);
    if (context.argv.length === 0) out.incomplete('filtered', 'which units were asked for is not told');
  },
});
