import { isDeviceName, isMachineName, ROLE } from './machine-names.js';
import { looksLikeCommand } from './programs.js';

/**
 * A heading, comment or ruler that says what follows: a command (`=== ip route ===`), a machine (`==> node-1 <==`, `# another machine`), or
 * both (`## node-1: ip a`).
 */
export interface Mark {
  readonly command?: string;
  /** The machine's name; empty when the text speaks of a machine without a name. */
  readonly host?: string;
  /** The machine as the text calls it; equal keys are one machine. */
  readonly key?: string;
}

const LONGEST = 300;

/** What surrounds a heading: rulers, bullets, comment signs, emphasis. */
const RULER = '[#=*~_<>|@%;+─━═—–▶►●•»➤→│┃:-]';
const BEFORE = new RegExp(`^(?:${RULER}{1,80}|//+|\\d{1,2}[.)](?= )|echo )[ \\t]*`);
const BEHIND = new RegExp(`[ \\t]*(?:${RULER}{1,80}|：)$`);
const PAIRS = ['[]', '()', '""', "''", '``', '<>', '{}', '【】', '「」', '『』', '“”', '《》'];
const TAGS = /<\/?(?:details|summary|b|strong|em|i|h[1-6]|p|li|code|br|div|span|u)(?:\s[^<>]{0,200})?\/?>/gi;
/** Words before a command or a machine's name that say so. */
const LABEL =
  /^(?:command|cmd|running|run|executing|execute|exec|output(?:s)?(?: of| from| for)?|result(?:s)?(?: of| from| for)?|the output of|here is|命令|执行|运行|输出|コマンド|команда|вывод|befehl|ausgabe(?: von)?|commande|sortie|comando|salida(?: de)?)(?:\s*[:：]\s*|\s+)(?=\S)/i;
const HOST_LABEL = /^(?:host ?name|host|node(?: ?name)?|machine|vm|节点|主机名?|узел|хост)\s*[:=：]\s*[A-Za-z]/i;
/** `On node-1`, all of the line. */
const ON_HOST = /^on (?:the )?(?:(?:node|host|machine|server|vm) )?[A-Za-z0-9][\w.-]*$/i;
const TRAILER = /\s+(?:outputs?|results?|shows?|gives|returns|prints|says|below|as follows|is|的输出|输出|结果)\s*$/i;
/** Words around a machine's name. */
const PLACE =
  /^(?:(?:output |outputs )?(?:on|from|at|in|for|auf|von|sur|en|na|на|в|在)\s+)?(?:(?:the|this is|my|our|der|die|das|le|la|el)\s+)?(?:(?:node|host|hostname|machine|server|vm|worker|master|instance|target|nodename|node name|host name|узел|нода|节点|主机|ノード)\s*[:：=]?\s+)?/i;

interface Bare {
  readonly text: string;
  /** Stood there alone, with signs around it. */
  readonly decorated: boolean;
}

/** The text of a heading, without what is around it. */
function bareOf(line: string): Bare {
  let text = line.includes('<') ? line.replace(TAGS, '').trim() : line.trim();
  const whole = text;
  let decorated = text !== line.trim();
  for (let n = 0; n < 6; n++) {
    const before = text;
    const opens = BEFORE.exec(text);
    if (opens && !looksLikeCommand(text)) text = text.slice(opens[0].length);
    const closes = BEHIND.exec(text);
    if (closes) text = text.slice(0, closes.index);
    const pair = PAIRS.find((p) => text.length > 2 && text.startsWith(p.charAt(0)) && text.endsWith(p.charAt(1)));
    if (pair) text = text.slice(1, -1).trim();
    if (text === before) break;
  }
  decorated ||= text !== whole;
  const labelled = text.replace(LABEL, '');
  if (labelled !== text || HOST_LABEL.test(text) || ON_HOST.test(text)) decorated = true;
  return { text: labelled.replace(/^`+|`+$/g, '').trim(), decorated };
}

const isCommand = (text: string): boolean =>
  looksLikeCommand(text) && !/^(?:time|watch|find|for|while|set|head|tail|host) [a-z]+ [a-z]+ [a-z]+ /.test(text);

const COMMAND_ON =
  /^(.{2,200}?)\s+(?:on|from|at|@|auf|sur|en|на|在)\s+(?:the\s+)?(?:(?:node|host|machine|server|vm|worker|master)\s+)?[`'"]?([\w.-]{1,80})[`'"]?$/i;
const COMMAND_OF = /^(.{2,200}?)\s*[([]\s*(?:(?:on|node|host)[: ]\s*)?([\w.-]{1,80})\s*[)\]]$/i;
const OF_COMMAND =
  /^(?:(?:on|node|host|auf|на)\s+)?[`'"[(]?([\w.-]{1,80})[`'"\])]?\s*(?:[:：|>$#]|-+>?|=+>|→|—|–)\s*(?:\$ |# )?(.{2,200})$/i;
const OF_COMMAND_BLANK = /^(?:(?:on|node|host|auf|на)\s+)?([\w.-]{1,80})\s+(.{2,200})$/i;

/** `node-1: ip a`, `ip a on node-1`, `ip a (node-1)`, `ip a`. */
function commandMark({ text, decorated }: Bare): Mark | undefined {
  const bare = text.replace(TRAILER, '').replace(/`/g, '').trim();
  for (const shape of [COMMAND_ON, COMMAND_OF]) {
    const [, command = '', host = ''] = shape.exec(bare) ?? [];
    if (isCommand(command) && isMachineName(host)) return { command, host, key: host };
  }
  if (isCommand(bare)) return decorated ? { command: bare } : undefined;
  for (const shape of [OF_COMMAND, OF_COMMAND_BLANK]) {
    const [, host = '', command = ''] = shape.exec(bare) ?? [];
    if (host !== '' && isMachineName(host) && isCommand(command)) return { command, host, key: host };
  }
  return undefined;
}

/** Words for a machine, of languages in which people write their notes. */
const NOUN =
  /(?:^|[^\p{L}])(?:node|host|machine|server|vm|worker|master|box|instance|minion|knoten|rechner|maschine|noeud|nœud|machine|serveur|hôte|nodo|máquina|maquina|servidor|macchina|nó|węzeł|maszyna|serwer|düğüm|makine|sunucu)(?![\p{L}-])|узел|узла|узле|узл|нод[аеуы](?![\p{L}])|машин|сервер|хост|вузол|节点|節點|机器|機器|主机|主機|服务器|伺服器|台机|ノード|マシン|サーバ|ホスト|노드|머신|서버/iu;
/** Sentences that speak of machines and announce none. */
const NOT =
  /\b(?:check|checks|show|shows|get|list|see|find|test|verify|describe|drain|join|add|create|restart|reboot|install|run|start|stop|all|each|every|any|this|same|both|no|not|only|with|has|have|is|are|can|will|should|between|config|configure|configuration|label|taint|ip|address|addresses|status|port|network|version|info|information|name|role|selector|exporter|api|dns|web|proxy|conf|log|logs|agent|key|cache|plugin|where|if|when|to|table|chain|protocol|channel|interface|device|bridge|route|routes|dev|via|scope|proto|src|dst|lladdr|self|permanent|vlan|state|mtu|inet6?|brd|onlink|metric)\b|[\da-f]{2}:[\da-f]{2}|\d\.\d+\.|\d{3}/i;

/** `Node 2`, `another machine`, `master节点`, `второй узел`: at most five words, one of them for a machine. */
function machinePhrase(text: string): Mark | undefined {
  // `host:` alone is a key.
  if (/^[\x20-\x7e]+$/.test(text) && !/[ \d]/.test(text)) return undefined;
  if (text.length > 60 || text.split(/\s+/).length > 5 || !NOUN.test(text) || NOT.test(text) || /[=/"{}$]/.test(text))
    return undefined;
  const key = text
    .toLowerCase()
    .replace(/[\s,.:：!?]+/g, ' ')
    .trim();
  const role =
    /^([A-Za-z][\w.-]*?)[\s-]?(?:节点|節點|机器|主机|服务器|ノード|マシン|サーバ|노드|서버|узел|нода|сервер)$/u.exec(
      text,
    )?.[1];
  return { host: role !== undefined && (ROLE.test(role) || isMachineName(role)) ? role : '', key };
}

/** Marks that tools print around a machine's name: there any name is one. */
const STRONG: readonly RegExp[] = [
  // head, tail; loops in its manner
  /^=+>\s*(?:(?:node|host)[: ]\s*)?([\w.:-]{1,100}?)\s*<=+$/,
  // ansible
  /^([\w.:-]{1,100}) \| (?:CHANGED|SUCCESS|FAILED|UNREACHABLE!?)(?: \| rc=\d+ >>|! => \{|\s*=>\s*\{)?(?: \(stdout\))?$/,
  // parallel-ssh
  /^\[\d+\] \d\d:\d\d:\d\d \[(?:SUCCESS|FAILURE)\] (?:[\w.-]+@)?([\w.:-]{1,100})(?: .*)?$/,
  /^(?:[\w-]+ )?(?:TASK|HOST|NODE|SERVER)(?: |: ?|=)\[?([A-Za-z][\w.-]{0,99})\]?\s*[:*=-]*$/,
  // fabric
  /^\[([\w.:-]{1,100})\] (?:run|out|sudo|local|Executing task .*)(?::.*)?$/,
];

/** Lines of outputs that look like headings: of dig and host, ping, iperf, curl, `kubectl describe`, programs that failed, NetworkManager.conf. */
const PRINTED =
  /^;; |^; \(\d+ servers? found\)|^Using domain server:|^--- .*ping6? statistics ---|^\[ *\d+\] Server Report:|^> [\w-]+: |<none>|^(?:tshark|tcpdump): *$|^\[(?:keyfile|main|connectivity|device|connection)\]$/;

/** Reads one line as a heading; undefined for anything else. */
export function readMark(line: string): Mark | undefined {
  if (line.length > LONGEST || line.length < 3) return undefined;
  if (PRINTED.test(line)) return undefined;
  const strong = machineOf(line.trim());
  if (strong !== undefined) return { host: strong, key: strong };
  const bare = bareOf(line);
  if (bare.text.length < 2) return undefined;
  const command = commandMark(bare);
  if (command) return command;
  if (!bare.decorated) return undefined;
  return nameMark(bare.text, line) ?? machinePhrase(bare.text);
}

function machineOf(line: string): string | undefined {
  for (const shape of STRONG) {
    const name = shape.exec(line)?.[1];
    if (name !== undefined && !isDeviceName(name) && !/\.(?:txt|log|conf|ya?ml|json|gz|out)$/.test(name)) return name;
  }
  return undefined;
}

/** `On worker1`, `Node: node-1`, `root@node-1`, `node-1 (10.0.0.1)`, `pod/web-1` */
function nameMark(text: string, line: string): Mark | undefined {
  const rest = text
    .replace(PLACE, '')
    .replace(/^[\w.-]{1,40}@/, '')
    .replace(/\s*[([](?:[\d.:a-f]{3,40}|[\w ,.-]{1,40})[)\]]$/i, '')
    .replace(/\s+(?:node|host|machine|server|vm|worker|master|节点|узел)$/i, '')
    .replace(/[`'"]/g, '')
    .trim();
  const pod = /^(?:pods?\/|po\/)([a-z0-9][\w.-]{0,200})$/.exec(rest)?.[1];
  if (pod !== undefined) return { host: `pod/${pod}`, key: `pod/${pod}` };
  // An address alone may be any value; between rulers it is a machine's.
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(rest))
    return /[=#*~>]{2}|-{3}/.test(line) ? { host: rest, key: rest } : undefined;
  return isMachineName(rest) ? { host: rest, key: rest } : undefined;
}
