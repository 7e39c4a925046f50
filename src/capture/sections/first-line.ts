import { looksLikeCommand } from '../programs.js';
import { parsePrompt } from '../prompt.js';
import type { Sectioning } from './section.js';

/** subctl gather: `<node>_<name>.log`, whose first line is the command itself, without a prompt. */
const FILE = /(?:^|\/)[^/]+_(?:ip-|sysctl|ipset|iptables|ipsec|ovn|libreswan|list-units|systemctl)[^/]*\.log$/;

export const firstLine: Sectioning = {
  name: 'first-line',
  detect: ([first = ''], inner) => FILE.test(inner) && looksLikeCommand(first) && parsePrompt(first) === undefined,
  split: (text) => [{ commandLine: text.line(0).trim(), at: 0, from: 1, to: text.count }],
};
