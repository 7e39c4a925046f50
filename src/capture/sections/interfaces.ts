import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * --- flannel.1            Interface eth0
 * Features for flannel.1:
 */
const HEADER = /^(?:--- |Interface )([^\s/]{1,15})$/;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  const dev = HEADER.exec(line)?.[1];
  return dev === undefined ? undefined : { commandLine: `ethtool ${dev}` };
}

/** ethtool of several devices in one file: Rancher (`--- DEV`), EKS (`Interface DEV`). Which of ethtool's outputs it is the text tells. */
export const interfaces: Sectioning = {
  name: 'interfaces',
  detect: (head, inner) => /(?:^|\/)ethtool[^/]*$/.test(inner) && head.some((line) => HEADER.test(line)),
  split: (text) => byHeaders(text, headerOf),
};
