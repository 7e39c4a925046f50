import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * --- flannel.1            Interface eth0
 * Features for flannel.1:
 */
const HEADER = /^(--- |Interface )([^\s/]{1,15})$/;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  const [, sign, dev] = HEADER.exec(line) ?? [];
  if (dev === undefined) return undefined;
  return { commandLine: `ethtool ${sign === 'Interface ' ? '-S ' : ''}${dev}` };
}

/** ethtool of several devices in one file: Rancher (`--- DEV`), where the text tells which of ethtool's outputs it is, and EKS (`Interface DEV`), always the counters. */
export const interfaces: Sectioning = {
  name: 'interfaces',
  detect: (head, inner) => /(?:^|\/)ethtool[^/]*$/.test(inner) && head.some((line) => HEADER.test(line)),
  split: (text) => byHeaders(text, headerOf),
};
