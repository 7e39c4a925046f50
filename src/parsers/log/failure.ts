import type { Sink, Text } from '../../kit/index.js';

/** What journalctl, kubectl, the container tools, cat and the shell print instead of a log. */
const FAILURE =
  /^(?:-?(?:ba|z|a|da)?sh: .*(?:not found|No such file)|\S+: command not found|(?:cat|tail|head|less|zcat|journalctl|Failed to \w+).*(?:No such file|Permission denied|cannot open|No journal files|Failed to)|error: (?:unable|you must|container|a container|the server|timed out|previous|pods? |no )|Error from server|Error: No such container|Unable to connect to the server|The connection to the server|No journal files were (?:found|opened)|E\d{4} .* "Unhandled Error"|time="[^"]*" level=fatal)/;
const DENIED = /permission denied|forbidden|not permitted|no journal files were opened due to insufficient/i;

/** A log of so few lines, all of them failures, is no log. */
const FEW = 5;

/** Is the capture nothing but an error? Then its lines are settled and it proves nothing. */
export function onlyFailure(text: Text, out: Sink<never>): boolean {
  if (text.count === 0 || text.count > FEW) return false;
  const lines = Array.from({ length: text.count }, (_, i) => text.line(i).slice(0, 400));
  const failures = lines.filter((l) => FAILURE.test(l)).length;
  if (failures === 0 || lines.some((l) => l.trim() !== '' && !l.startsWith('-- ') && !FAILURE.test(l))) return false;
  for (const [i, line] of lines.entries()) {
    if (!FAILURE.test(line)) out.noise(i);
    else out.failed(i, DENIED.test(line) ? 'permission-denied' : 'command-failed', line);
  }
  return true;
}
