/*
 * {"version": 2, "width": 200, "height": 50, "timestamp": 1773306862}
 * [0.248848, "o", "root@node-1:~# "]
 *
 * asciinema's recordings (doc/asciicast-v1.md to v3): a header, then events; "o" is what the terminal showed.
 */

/** Is the text a recording? Its header says so. */
export const isCast = (head: string): boolean =>
  /^\s*\{[^\n]{0,500}"version":\s*[123][,}]/.test(head) && /"(?:width|term|stdout)"/.test(head);

/** The words of the output events, one behind the other; undefined when there are none. */
export function castText(text: string): string | undefined {
  const shown: string[] = [];
  const whole = /^\s*\{[^\n]{0,500}"version":\s*1[,}]/.test(text) ? parsed(text) : undefined;
  const events = isRecord(whole) && Array.isArray(whole['stdout']) ? whole['stdout'] : undefined;
  if (events)
    for (const event of events) if (Array.isArray(event) && typeof event[1] === 'string') shown.push(event[1]);
  if (!events)
    for (const line of text.split('\n')) {
      const event = line.startsWith('[') ? parsed(line) : undefined;
      if (Array.isArray(event) && event[1] === 'o' && typeof event[2] === 'string') shown.push(event[2]);
    }
  return shown.length > 0 ? shown.join('') : undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
