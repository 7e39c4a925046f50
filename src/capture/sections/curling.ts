import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * curling https://0A1B2C.gr7.eu-west-1.eks.amazonaws.com (1 of 5) 2026-03-12T09:14:02.123UTC
 */
const HEADER = /^curling (https?:\/\/[^\s/]{1,300}) \(\d+ of \d+\) \d{4}-\d\d-\d\dT[\d:.]+[A-Z]*$/;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  const url = HEADER.exec(line)?.[1];
  return url === undefined ? undefined : { commandLine: `curl -v ${url}/livez?verbose` };
}

/** EKS log collector (eks-log-collector.sh get_networking_info): the cluster's interface is asked five times, a line and the time above each answer. */
export const curling: Sectioning = {
  name: 'curling',
  detect: (head) => head.some((line) => HEADER.test(line)),
  split: (text) => byHeaders(text, headerOf),
};
