import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * Command: ["ip" "-4" "route" "show"]
 * default via 172.18.0.1 dev eth0
 * Command: ["ip" "-6" "route" "show"]
 */
const HEADER = /^Command: \[((?:"(?:[^"\\]|\\.){0,200}" ?){1,40})\]$/;
const WORD = /"((?:[^"\\]|\\.)*)"/g;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  if (line.charCodeAt(0) !== 67) return undefined;
  const words = HEADER.exec(line)?.[1];
  if (words === undefined) return undefined;
  return { commandLine: [...words.matchAll(WORD)].map(([, word = '']) => word).join(' ') };
}

/** kube-ovn's `kubectl ko logs` (pkg ko, linuxTasks): Go's `%q` of the words of each command above what it printed, stderr included. */
export const quoted: Sectioning = {
  name: 'quoted',
  detect: ([first = '']) => headerOf(first) !== undefined,
  split: (text) => byHeaders(text, headerOf),
};
